#include "utf8.h"

#include <cstddef>

namespace toolken {

void append_utf8(std::string & text, uint32_t code_point) {
    const auto byte = [&](uint32_t value) {
        text.push_back(static_cast<char>(static_cast<unsigned char>(value)));
    };
    if (code_point < 0x80U) {
        byte(code_point);
    } else if (code_point < 0x800U) {
        byte(0xC0U | (code_point >> 6U));
        byte(0x80U | (code_point & 0x3FU));
    } else if (code_point < 0x10000U) {
        byte(0xE0U | (code_point >> 12U));
        byte(0x80U | ((code_point >> 6U) & 0x3FU));
        byte(0x80U | (code_point & 0x3FU));
    } else {
        byte(0xF0U | (code_point >> 18U));
        byte(0x80U | ((code_point >> 12U) & 0x3FU));
        byte(0x80U | ((code_point >> 6U) & 0x3FU));
        byte(0x80U | (code_point & 0x3FU));
    }
}

std::vector<uint32_t> utf8_code_points(std::string_view text) {
    std::vector<uint32_t> found;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0x80U   ? 1
                                   : first < 0xC2U ? 0
                                   : first < 0xE0U ? 2
                                   : first < 0xF0U ? 3
                                                   : 4;
        if (length == 0 || at + length > text.size()) {
            break;
        }
        uint32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (std::size_t i = 1; i < length; ++i) {
            value = (value << 6U) + (static_cast<unsigned char>(text[at + i]) & 0x3FU);
        }
        found.push_back(value);
        at += length;
    }
    return found;
}

} // namespace toolken
