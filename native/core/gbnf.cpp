#include "gbnf.h"

#include "error.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace toolken {

namespace {

constexpr size_t MAX_BYTES = 256 * 1024;
constexpr size_t MAX_RULES = 65536;
constexpr size_t MAX_SYMBOLS = 262144;
constexpr size_t MAX_DEPTH = 256;
constexpr uint64_t MAX_REPETITIONS = 2000;
constexpr uint64_t UNBOUNDED = UINT64_MAX;

using Kind = GbnfSymbol::Kind;

class Parser {
  public:
    Parser(std::string_view text, const FindToken & find_token) : text_(text), find_token_(find_token) {}

    GbnfRules parse(const std::string & root) {
        if (text_.size() > MAX_BYTES) {
            throw Error("GRAMMAR_INVALID",
                        "Expected a grammar of at most " + std::to_string(MAX_BYTES) + " bytes");
        }
        skip_space(true);
        while (!at_end()) {
            rule();
        }
        for (size_t id = 0; id < defined_.size(); ++id) {
            if (!defined_[id]) {
                throw Error("GRAMMAR_INVALID", "Expected a rule " + name_of(id) + " in the grammar");
            }
        }
        const auto found = ids_.find(root);
        if (found == ids_.end()) {
            throw Error("GRAMMAR_INVALID", "Expected a rule " + root + " in the grammar");
        }
        rules_.root = found->second;
        return std::move(rules_);
    }

  private:
    using Sequence = GbnfRules::Alternative;

    bool at_end() const { return at_ >= text_.size(); }
    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    [[noreturn]] void fail(const std::string & expected) const {
        const auto line =
            1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
        const auto rest = std::string(text_.substr(at_, 20));
        throw Error("GRAMMAR_INVALID", "Expected " + expected + " in line " + std::to_string(line) +
                                           " of the grammar but received " +
                                           (rest.empty() ? "its end" : "\"" + rest + "\""));
    }

    void skip_space(bool newlines) {
        while (!at_end()) {
            const char c = peek();
            if (c == '#') {
                while (!at_end() && peek() != '\n' && peek() != '\r') {
                    ++at_;
                }
            } else if (c == ' ' || c == '\t' || (newlines && (c == '\n' || c == '\r'))) {
                ++at_;
            } else {
                return;
            }
        }
    }

    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string name() {
        const size_t from = at_;
        while (is_word(peek())) {
            ++at_;
        }
        if (at_ == from) {
            fail("the name of a rule");
        }
        return std::string(text_.substr(from, at_ - from));
    }

    uint32_t new_rule() {
        if (rules_.rules.size() >= MAX_RULES) {
            throw Error("GRAMMAR_INVALID", "Expected at most " + std::to_string(MAX_RULES) +
                                               " rules in a grammar, those of repetitions included");
        }
        rules_.rules.emplace_back();
        defined_.push_back(false);
        return static_cast<uint32_t>(rules_.rules.size() - 1);
    }

    uint32_t rule_of(const std::string & name) {
        const auto found = ids_.find(name);
        if (found != ids_.end()) {
            return found->second;
        }
        const auto id = new_rule();
        ids_.emplace(name, id);
        return id;
    }

    std::string name_of(size_t id) const {
        const auto found =
            std::find_if(ids_.begin(), ids_.end(), [&](const auto & entry) { return entry.second == id; });
        return found == ids_.end() ? std::to_string(id) : found->first;
    }

    void define(uint32_t id, GbnfRules::Rule alternatives) {
        for (auto & alternative : alternatives) {
            symbols_ += alternative.size();
            if (!alternative.empty()) {
                alternative.back().last = true;
            }
        }
        if (symbols_ > MAX_SYMBOLS) {
            throw Error("GRAMMAR_INVALID", "Expected at most " + std::to_string(MAX_SYMBOLS) +
                                               " symbols in a grammar, those of repetitions included");
        }
        rules_.rules[id] = std::move(alternatives);
        defined_[id] = true;
    }

    void rule() {
        const auto id = rule_of(name());
        skip_space(false);
        if (text_.substr(at_, 3) != "::=") {
            fail("::=");
        }
        at_ += 3;
        skip_space(true);
        define(id, alternatives(0));
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
                next = {set({{}, true})};
            } else if (c == '(') {
                next = {group(depth)};
            } else if (is_word(c)) {
                next = {{Kind::rule, false, rule_of(name())}};
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
        if (all.size() > MAX_SYMBOLS) {
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
        const auto id = new_rule();
        define(id, alternatives(depth + 1));
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
            const auto id = new_rule();
            define(id, {std::move(item)});
            item = {{Kind::rule, false, id}};
        }
        Sequence all;
        for (uint64_t i = 0; i < min; ++i) {
            append(all, item);
        }
        if (max == UNBOUNDED) {
            const auto id = new_rule();
            Sequence more = item;
            more.push_back({Kind::rule, false, id});
            define(id, {std::move(more), {}});
            all.push_back({Kind::rule, false, id});
        } else if (max > min) {
            Sequence rest;
            for (uint64_t i = min; i < max; ++i) {
                const auto id = new_rule();
                Sequence one = item;
                one.insert(one.end(), rest.begin(), rest.end());
                define(id, {std::move(one), {}});
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

    uint64_t number() {
        if (!is_digit(peek())) {
            fail("a number");
        }
        uint64_t value = 0;
        for (; is_digit(peek()); ++at_) {
            value = std::min<uint64_t>(10 * value + static_cast<uint64_t>(peek() - '0'), UINT32_MAX);
        }
        return value;
    }

    Sequence literal() {
        ++at_;
        Sequence characters;
        while (peek() != '"' || at_end()) {
            characters.push_back(single(character()));
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
        return set(std::move(found));
    }

    GbnfSymbol set(CharacterSet characters) {
        rules_.sets.push_back(std::move(characters));
        return {Kind::characters, false, static_cast<uint32_t>(rules_.sets.size() - 1)};
    }

    // Literals repeat the same few characters.
    GbnfSymbol single(uint32_t code_point) {
        const auto [found, is_new] =
            single_.try_emplace(code_point, static_cast<uint32_t>(rules_.sets.size()));
        return is_new ? set({{{code_point, code_point}}, false})
                      : GbnfSymbol{Kind::characters, false, found->second};
    }

    uint32_t hex(size_t digits) {
        uint32_t value = 0;
        for (size_t i = 0; i < digits; ++i, ++at_) {
            const char c = peek();
            const int digit = is_digit(c)            ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) {
                fail(std::to_string(digits) + " hexadecimal digits");
            }
            value = (value << 4) + static_cast<uint32_t>(digit);
        }
        return value;
    }

    uint32_t character() {
        if (at_end()) {
            fail("the end of a text or character class");
        }
        if (peek() == '\\') {
            const char c = peek(1);
            at_ += 2;
            switch (c) {
            case 'x':
                return hex(2);
            case 'u':
                return hex(4);
            case 'U':
                return hex(8);
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'n':
                return '\n';
            case '\\':
            case '"':
            case '[':
            case ']':
            case '-':
                return static_cast<uint32_t>(c);
            default:
                at_ -= 2;
                fail("a known escape");
            }
        }
        const auto first = static_cast<unsigned char>(text_[at_]);
        const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        uint32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (size_t i = 1; i < length; ++i) {
            value = (value << 6) + (static_cast<unsigned char>(peek(i)) & 0x3FU);
        }
        at_ = std::min(text_.size(), at_ + length);
        return value;
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

    std::string_view text_;
    const FindToken & find_token_;
    size_t at_ = 0;
    size_t symbols_ = 0;
    std::map<std::string, uint32_t> ids_;
    std::unordered_map<uint32_t, uint32_t> single_; // sets of one character
    std::vector<bool> defined_;
    GbnfRules rules_;
};

// Rules that may be the empty text.
std::vector<bool> nullable_rules(const std::vector<GbnfRules::Rule> & rules) {
    std::vector<bool> nullable(rules.size(), false);
    std::vector<uint32_t> rule_of;                           // per alternative
    std::vector<size_t> left;                                // its symbols that are not known to be nullable
    std::vector<std::vector<uint32_t>> places(rules.size()); // alternatives that name a rule, once per place
    std::vector<uint32_t> todo;
    const auto is_nullable = [&](uint32_t rule) {
        if (!nullable[rule]) {
            nullable[rule] = true;
            todo.push_back(rule);
        }
    };
    for (uint32_t r = 0; r < rules.size(); ++r) {
        for (const auto & alternative : rules[r]) {
            for (const auto & symbol : alternative) {
                if (symbol.kind == Kind::rule) {
                    places[symbol.index].push_back(static_cast<uint32_t>(left.size()));
                }
            }
            rule_of.push_back(r);
            left.push_back(alternative.size());
            if (alternative.empty()) {
                is_nullable(r);
            }
        }
    }
    while (!todo.empty()) {
        const auto rule = todo.back();
        todo.pop_back();
        for (const auto alternative : places[rule]) {
            if (--left[alternative] == 0) {
                is_nullable(rule_of[alternative]);
            }
        }
    }
    return nullable;
}

// A rule that begins with itself would be expanded for ever.
void refuse_left_recursion(const GbnfRules & all) {
    const auto nullable = nullable_rules(all.rules);
    std::vector<std::vector<uint32_t>> begins(all.rules.size());
    for (uint32_t r = 0; r < all.rules.size(); ++r) {
        for (const auto & alternative : all.rules[r]) {
            for (const auto & symbol : alternative) {
                if (symbol.kind != Kind::rule) {
                    break;
                }
                begins[r].push_back(symbol.index);
                if (!nullable[symbol.index]) {
                    break;
                }
            }
        }
    }
    enum class Mark : uint8_t { unseen, open, done };
    std::vector<Mark> marks(all.rules.size(), Mark::unseen);
    std::vector<std::pair<uint32_t, size_t>> path; // rule, next of its beginnings
    for (uint32_t start = 0; start < all.rules.size(); ++start) {
        if (marks[start] == Mark::unseen) {
            path.emplace_back(start, 0);
            marks[start] = Mark::open;
        }
        while (!path.empty()) {
            auto & [rule, next] = path.back();
            if (next == begins[rule].size()) {
                marks[rule] = Mark::done;
                path.pop_back();
                continue;
            }
            const auto to = begins[rule][next++];
            if (marks[to] == Mark::open) {
                throw Error("GRAMMAR_INVALID", "Expected a grammar without rules that begin with themselves "
                                               "(left recursion)");
            }
            if (marks[to] == Mark::unseen) {
                marks[to] = Mark::open;
                path.emplace_back(to, 0);
            }
        }
    }
}

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
    refuse_left_recursion(rules);
    return rules;
}

} // namespace toolken
