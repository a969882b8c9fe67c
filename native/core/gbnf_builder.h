// The rules of a grammar while it is read, which may be named before they are defined, and their limits.
#pragma once

#include "gbnf.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace toolken {

// Every function throws GRAMMAR_INVALID when there are too many rules or symbols.
class GbnfBuilder {
  public:
    static constexpr size_t MAX_SYMBOLS = 262144;

    // A rule without a name, to be defined.
    uint32_t add();
    // The rule of that name, defined or not yet.
    uint32_t named(const std::string & name);
    void define(uint32_t id, GbnfRules::Rule alternatives);

    GbnfSymbol set(CharacterSet characters);
    // The set of one character.
    GbnfSymbol single(uint32_t code_point);

    // Throws GRAMMAR_INVALID when a rule is not defined.
    GbnfRules finish(const std::string & root);

  private:
    static constexpr size_t MAX_RULES = 65536;

    std::string name_of(size_t id) const;

    size_t symbols_ = 0;
    std::map<std::string, uint32_t> ids_;
    std::unordered_map<uint32_t, uint32_t> single_; // sets of one character
    std::vector<bool> defined_;
    GbnfRules rules_;
};

} // namespace toolken
