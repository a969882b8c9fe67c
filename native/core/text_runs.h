// The longest stretches of a text that a tokenizer may take for one word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace toolken {

// Bytes of the longest run of white space, or of anything else. A byte above 127 may be part of either.
inline size_t longest_run(std::string_view text) {
    size_t longest = 0;
    size_t space = 0;
    size_t other = 0;
    for (const char c : text) {
        const bool is_ascii = (static_cast<unsigned char>(c) & 0x80U) == 0;
        const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        space = is_space || !is_ascii ? space + 1 : 0;
        other = !is_space || !is_ascii ? other + 1 : 0;
        longest = std::max({longest, space, other});
    }
    return longest;
}

// ASCII digits; std::regex knows no others.
inline size_t longest_digit_run(std::string_view text) {
    size_t longest = 0;
    size_t run = 0;
    for (const char c : text) {
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

} // namespace toolken
