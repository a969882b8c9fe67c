#include "gbnf.h"

#include "error.h"
#include "gbnf_builder.h"
#include "gbnf_reader.h"
#include "gbnf_recursion.h"

#include <algorithm>
#include <utility>

namespace toolken {

namespace {

constexpr size_t MAX_BYTES = 256 * 1024;
constexpr size_t MAX_DEPTH = 256;
constexpr uint64_t MAX_REPETITIONS = 2000;
constexpr uint64_t UNBOUNDED = UINT64_MAX;

using Kind = GbnfSymbol::Kind;

class Parser : private GbnfReader {
  public:
    Parser(std::string_view text, const FindToken & find_token) : GbnfReader(text), find_token_(find_token) {}

    GbnfRules parse(const std::string & root) {
        if (text_.size() > MAX_BYTES) {
            throw Error("GRAMMAR_INVALID",
                        "Expected a grammar of at most " + std::to_string(MAX_BYTES) + " bytes");
        }
        skip_space(true);
        while (!at_end()) {
            rule();
        }
        return rules_.finish(root);
    }

  private:
    using Sequence = GbnfRules::Alternative;

    void rule() {
        const auto id = rules_.named(name());
        skip_space(false);
        if (text_.substr(at_, 3) != "::=") {
            fail("::=");
        }
        at_ += 3;
        skip_space(true);
        rules_.define(id, alternatives(0));
        if (!at_end() && peek() != '\n' && peek() != '\r') {
            fail("the end of the rule");
        }
        skip_space(true);
    }

    GbnfRules::Rule alternatives(size_t depth) {
        GbnfRules::Rule found{sequence(depth)};
        while (peek() == '|') {
            ++at_;
            skip_space(true);
            found.push_back(sequence(depth));
        }
        return found;
    }

    Sequence sequence(size_t depth) {
        Sequence all;
        Sequence item; // what a repetition would repeat
        for (;;) {
            const bool nested = depth > 0;
            Sequence next;
            const char c = peek();
            if (c == '"') {
                next = literal();
            } else if (c == '[') {
                next = {character_class()};
            } else if (c == '<' || c == '!') {
                next = {token()};
            } else if (c == '.') {
                ++at_;
                next = {rules_.set({{}, true})};
            } else if (c == '(') {
                next = {group(depth)};
            } else if (is_word(c)) {
                next = {{Kind::rule, false, rules_.named(name())}};
            } else if (c == '*' || c == '+' || c == '?' || c == '{') {
                if (item.empty()) {
                    fail("something to repeat");
                }
                item = repeat(std::move(item));
                skip_space(nested);
                continue;
            } else {
                append(all, item);
                return all;
            }
            skip_space(nested);
            append(all, item);
            item = std::move(next);
        }
    }

    void append(Sequence & all, const Sequence & item) const {
        all.insert(all.end(), item.begin(), item.end());
        if (all.size() > GbnfBuilder::MAX_SYMBOLS) {
            fail("fewer symbols in a rule");
        }
    }

    GbnfSymbol group(size_t depth) {
        if (depth >= MAX_DEPTH) {
            throw Error("GRAMMAR_INVALID", "Expected at most " + std::to_string(MAX_DEPTH) +
                                               " parentheses within each other in a grammar");
        }
        ++at_;
        skip_space(true);
        const auto id = rules_.add();
        rules_.define(id, alternatives(depth + 1));
        if (peek() != ')') {
            fail(")");
        }
        ++at_;
        return {Kind::rule, false, id};
    }

    // S{m,n} is S m times, then S'(n - m) with S'(x) ::= S S'(x - 1) | "", S'(0) empty; S{m,} is S m times,
    // then S' ::= S S' | "".
    Sequence repeat(Sequence item) {
        uint64_t min = 0;
        uint64_t max = UNBOUNDED;
        const char sign = peek();
        ++at_;
        if (sign == '+') {
            min = 1;
        } else if (sign == '?') {
            max = 1;
        } else if (sign == '{') {
            const auto given = bounds();
            min = given.first;
            max = given.second;
        }
        if (item.size() > 1) {
            const auto id = rules_.add();
            rules_.define(id, {std::move(item)});
            item = {{Kind::rule, false, id}};
        }
        Sequence all;
        for (uint64_t i = 0; i < min; ++i) {
            append(all, item);
        }
        if (max == UNBOUNDED) {
            const auto id = rules_.add();
            Sequence more = item;
            more.push_back({Kind::rule, false, id});
            rules_.define(id, {std::move(more), {}});
            all.push_back({Kind::rule, false, id});
        } else if (max > min) {
            Sequence rest;
            for (uint64_t i = min; i < max; ++i) {
                const auto id = rules_.add();
                Sequence one = item;
                one.insert(one.end(), rest.begin(), rest.end());
                rules_.define(id, {std::move(one), {}});
                rest = {{Kind::rule, false, id}};
            }
            append(all, rest);
        }
        return all;
    }

    std::pair<uint64_t, uint64_t> bounds() {
        skip_space(true);
        const uint64_t min = number();
        uint64_t max = min;
        skip_space(true);
        if (peek() == ',') {
            ++at_;
            skip_space(true);
            max = is_digit(peek()) ? number() : UNBOUNDED;
            skip_space(true);
        }
        if (peek() != '}') {
            fail("}");
        }
        ++at_;
        if (min > MAX_REPETITIONS || (max != UNBOUNDED && (max < min || max > MAX_REPETITIONS))) {
            throw Error("GRAMMAR_INVALID", "Expected ascending numbers up to " +
                                               std::to_string(MAX_REPETITIONS) +
                                               " for a repetition in a grammar");
        }
        return {min, max};
    }

    Sequence literal() {
        ++at_;
        Sequence characters;
        while (peek() != '"' || at_end()) {
            characters.push_back(rules_.single(character()));
        }
        ++at_;
        return characters;
    }

    GbnfSymbol character_class() {
        ++at_;
        CharacterSet found;
        if (peek() == '^') {
            found.inverted = true;
            ++at_;
        }
        while (peek() != ']' || at_end()) {
            const auto low = character();
            auto high = low;
            if (peek() == '-' && peek(1) != ']') {
                ++at_;
                high = character();
            }
            found.ranges.emplace_back(low, high);
        }
        if (found.ranges.empty()) {
            fail("a character within [ ]");
        }
        ++at_;
        return rules_.set(std::move(found));
    }

    // <[id]>, <text>, or either after !
    GbnfSymbol token() {
        const bool inverted = peek() == '!';
        at_ += inverted ? 1 : 0;
        if (peek() != '<') {
            fail("<");
        }
        const size_t from = at_;
        int64_t id = -1;
        if (peek(1) == '[') {
            at_ += 2;
            id = static_cast<int64_t>(number());
            if (peek() != ']' || peek(1) != '>') {
                fail("]>");
            }
            at_ += 2;
        } else {
            const size_t end = text_.find('>', at_);
            if (end == std::string_view::npos) {
                fail(">");
            }
            at_ = end + 1;
            id = find_token_(text_.substr(from, at_ - from));
            if (id < 0) {
                at_ = from;
                fail("the name of one token");
            }
        }
        return {inverted ? Kind::not_token : Kind::token, false, static_cast<uint32_t>(id)};
    }

    const FindToken & find_token_;
    GbnfBuilder rules_;
};

} // namespace

bool CharacterSet::contains(uint32_t code_point) const {
    return meets(code_point, code_point);
}

bool CharacterSet::meets(uint32_t low, uint32_t high) const {
    if (!inverted) {
        return std::any_of(ranges.begin(), ranges.end(),
                           [&](const auto & range) { return range.first <= high && low <= range.second; });
    }
    // Exact for one code point; for several, unless one range holds them all.
    return std::none_of(ranges.begin(), ranges.end(),
                        [&](const auto & range) { return range.first <= low && high <= range.second; });
}

GbnfRules gbnf_parse(std::string_view text, const std::string & root, const FindToken & find_token) {
    auto rules = Parser(text, find_token).parse(root);
    gbnf_refuse_left_recursion(rules);
    return rules;
}

} // namespace toolken
