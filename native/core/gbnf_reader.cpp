#include "gbnf_reader.h"

#include "error.h"

#include <algorithm>

namespace toolken {

void GbnfReader::fail(const std::string & expected) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    const auto rest = std::string(text_.substr(at_, 20));
    throw Error("GRAMMAR_INVALID", "Expected " + expected + " in line " + std::to_string(line) +
                                       " of the grammar but received " +
                                       (rest.empty() ? "its end" : "\"" + rest + "\""));
}

void GbnfReader::skip_space(bool newlines) {
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

std::string GbnfReader::name() {
    const size_t from = at_;
    while (is_word(peek())) {
        ++at_;
    }
    if (at_ == from) {
        fail("the name of a rule");
    }
    return std::string(text_.substr(from, at_ - from));
}

uint64_t GbnfReader::number() {
    if (!is_digit(peek())) {
        fail("a number");
    }
    uint64_t value = 0;
    for (; is_digit(peek()); ++at_) {
        value = std::min<uint64_t>(10 * value + static_cast<uint64_t>(peek() - '0'), UINT32_MAX);
    }
    return value;
}

uint32_t GbnfReader::hex(size_t digits) {
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

uint32_t GbnfReader::character() {
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

} // namespace toolken
