#include "gbnf_recursion.h"

#include "error.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace toolken {

namespace {

using Kind = GbnfSymbol::Kind;

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

} // namespace

void gbnf_refuse_left_recursion(const GbnfRules & all) {
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

} // namespace toolken
