// A GBNF grammar of llama.cpp and its state while arguments are decoded under it.
#pragma once

#include "model.h"

#include <memory>
#include <string>
#include <vector>

namespace toolken {

class Grammar {
  public:
    // Throws GRAMMAR_INVALID when llama.cpp can't parse it.
    Grammar(ModelPtr model, const std::string & gbnf, const std::string & root);

    // A copy with the same state.
    std::unique_ptr<Grammar> clone() const;

    // Removes the candidates that the grammar does not accept next.
    void keep_accepted(std::vector<llama_token_data> & candidates) const;

    // Moves on by one token. Throws INVALID_ARGUMENT when the grammar does not accept it.
    void accept(llama_token token);

    // True when the text so far is a whole sentence (an end of generation is accepted next).
    bool complete() const;

  private:
    struct Free {
        void operator()(llama_sampler * sampler) const { llama_sampler_free(sampler); }
    };
    Grammar(ModelPtr model, llama_sampler * sampler);

    bool accepts(llama_token token) const;

    ModelPtr model_;
    std::unique_ptr<llama_sampler, Free> sampler_;
};

} // namespace toolken
