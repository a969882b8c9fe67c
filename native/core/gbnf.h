// GBNF, the grammar notation of llama.cpp (grammars/README.md there), parsed into rules that bound what
// matching them may cost.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toolken {

// What a rule's alternative consists of: a character of a set, a token, or another rule.
struct GbnfSymbol {
    enum class Kind : uint8_t { rule, characters, token, not_token };
    Kind kind = Kind::rule;
    bool last = false;  // of its alternative
    uint32_t index = 0; // of the rule or the set, or the token's id
};

struct CharacterSet {
    std::vector<std::pair<uint32_t, uint32_t>> ranges; // code points, both ends included
    bool inverted = false;

    bool contains(uint32_t code_point) const;
    // Whether it contains any code point from low to high.
    bool meets(uint32_t low, uint32_t high) const;
};

struct GbnfRules {
    using Alternative = std::vector<GbnfSymbol>; // empty: the empty text
    using Rule = std::vector<Alternative>;

    std::vector<Rule> rules;
    std::vector<CharacterSet> sets;
    uint32_t root = 0;
};

// The id of the token that a text such as "<|im_end|>" names, or -1.
using FindToken = std::function<int32_t(std::string_view)>;

// Throws GRAMMAR_INVALID, with the line, for anything that is no grammar: a rule that is missing or begins
// with itself, and one that is too large: 256 KiB, 65,536 rules or 262,144 symbols after repetitions are
// written out, 256 parentheses within each other, a repetition of more than 2,000 times.
GbnfRules gbnf_parse(std::string_view text, const std::string & root, const FindToken & find_token);

} // namespace toolken
