// The characters, names and numbers of a grammar in GBNF, from its beginning to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace toolken {

class GbnfReader {
  public:
    explicit GbnfReader(std::string_view text) : text_(text) {}

  protected:
    bool at_end() const { return at_ >= text_.size(); }
    char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    // Throws GRAMMAR_INVALID with the line and what is there instead.
    [[noreturn]] void fail(const std::string & expected) const;

    // Spaces and comments.
    void skip_space(bool newlines);

    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string name();
    // UINT32_MAX for larger ones.
    uint64_t number();
    // A code point, written as itself or with an escape.
    uint32_t character();

    std::string_view text_;
    size_t at_ = 0;

  private:
    uint32_t hex(size_t digits);
};

} // namespace toolken
