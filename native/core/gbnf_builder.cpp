#include "gbnf_builder.h"

#include "error.h"

#include <algorithm>
#include <utility>

namespace toolken {

uint32_t GbnfBuilder::add() {
    if (rules_.rules.size() >= MAX_RULES) {
        throw Error("GRAMMAR_INVALID", "Expected at most " + std::to_string(MAX_RULES) +
                                           " rules in a grammar, those of repetitions included");
    }
    rules_.rules.emplace_back();
    defined_.push_back(false);
    return static_cast<uint32_t>(rules_.rules.size() - 1);
}

uint32_t GbnfBuilder::named(const std::string & name) {
    const auto found = ids_.find(name);
    if (found != ids_.end()) {
        return found->second;
    }
    const auto id = add();
    ids_.emplace(name, id);
    return id;
}

std::string GbnfBuilder::name_of(size_t id) const {
    const auto found =
        std::find_if(ids_.begin(), ids_.end(), [&](const auto & entry) { return entry.second == id; });
    return found == ids_.end() ? std::to_string(id) : found->first;
}

void GbnfBuilder::define(uint32_t id, GbnfRules::Rule alternatives) {
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

GbnfSymbol GbnfBuilder::set(CharacterSet characters) {
    rules_.sets.push_back(std::move(characters));
    return {GbnfSymbol::Kind::characters, false, static_cast<uint32_t>(rules_.sets.size() - 1)};
}

// Literals repeat the same few characters.
GbnfSymbol GbnfBuilder::single(uint32_t code_point) {
    const auto [found, is_new] = single_.try_emplace(code_point, static_cast<uint32_t>(rules_.sets.size()));
    return is_new ? set({{{code_point, code_point}}, false})
                  : GbnfSymbol{GbnfSymbol::Kind::characters, false, found->second};
}

GbnfRules GbnfBuilder::finish(const std::string & root) {
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

} // namespace toolken
