// Grammar: a way of going on.
#pragma once

#include "grammar.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace toolken {

struct Grammar::Stack {
    Stack(const GbnfSymbol * next, StackPtr rest)
        : symbol(next), below(std::move(rest)), depth(below ? below->depth + 1 : 1),
          hash((std::hash<const void *>()(next) ^ (below ? below->hash : 0)) * 0x9E3779B97F4A7C15U) {}

    // Those below are given up one after the other: a deep stack must not be freed by recursion.
    ~Stack() {
        auto rest = std::move(below);
        while (rest && rest.use_count() == 1) {
            rest = std::move(const_cast<Stack &>(*rest).below);
        }
    }
    Stack(const Stack &) = delete;
    Stack & operator=(const Stack &) = delete;

    const GbnfSymbol * symbol;
    StackPtr below; // nullptr: the end of the text
    uint32_t depth;
    size_t hash;
};

} // namespace toolken
