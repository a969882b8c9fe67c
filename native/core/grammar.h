// A grammar and its state while arguments are decoded under it. Every operation has a bound: what would need
// more ways of reading a text than that is refused.
#pragma once

#include "gbnf.h"
#include "model.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toolken {

class Grammar {
  public:
    // Throws GRAMMAR_INVALID.
    Grammar(ModelPtr model, const std::string & gbnf, const std::string & root);

    // A copy with the same state; the rules are shared.
    std::unique_ptr<Grammar> clone() const;

    // Removes the candidates that the grammar does not accept next. Throws GRAMMAR_INVALID.
    void keep_accepted(std::vector<llama_token_data> & candidates) const;

    // Moves on by one token. Throws INVALID_ARGUMENT when the grammar does not accept it, GRAMMAR_INVALID.
    void accept(llama_token token);

    // Text that likely comes next, at most max_bytes, all of it accepted: what must come; with `copy`, as
    // much of it as is accepted and the end of a value; then what must come after that. Where a space is
    // optional, one is written if `spaced`. Throws GRAMMAR_INVALID.
    std::string draft(std::optional<std::string_view> copy, bool spaced, size_t max_bytes) const;

    // True when the text so far is a whole sentence (an end of generation is accepted next).
    bool complete() const { return at_.complete && at_.partial.missing == 0; }

  private:
    // What is still to come: a symbol of an alternative and those after it, then what is below.
    struct Stack;
    using StackPtr = std::shared_ptr<const Stack>;
    // The beginning of a character whose last bytes are in the next token.
    struct Partial {
        uint32_t value = 0;
        int missing = 0; // bytes; -1: no UTF-8
    };
    // All ways of going on: on top of each stack is a character set or a token.
    struct State {
        std::vector<StackPtr> stacks;
        bool complete = false; // the text may end here
        Partial partial;

        bool possible() const { return complete || !stacks.empty(); }
    };
    class Frontier;

    Grammar(const Grammar &) = default;

    std::string_view bytes_of(llama_token token) const;
    State after_character(const State & state, uint32_t code_point) const;
    // The character that must come next, or 0.
    uint32_t forced_character(const State & state, bool spaced) const;
    // Appends a character to a text if it is accepted.
    bool extend(State & state, std::string & text, uint32_t code_point) const;
    bool may_begin(const State & state, const Partial & partial) const;
    // No stacks when the token is not accepted.
    State after(llama_token token) const;
    bool accepts(llama_token token) const;

    ModelPtr model_;
    std::shared_ptr<const GbnfRules> rules_;
    State at_;
};

} // namespace toolken
