#include "grammar.h"

#include "log_capture.h"

#include <cmath>

namespace toolken {

Grammar::Grammar(ModelPtr model, const std::string & gbnf, const std::string & root)
    : model_(std::move(model)) {
    LogCapture log;
    try {
        sampler_.reset(llama_sampler_init_grammar(model_->vocab(), gbnf.c_str(), root.c_str()));
    } catch (const std::exception & error) {
        throw Error("GRAMMAR_INVALID", std::string("Expected a GBNF grammar but ") + error.what());
    }
    if (!sampler_ || gbnf.empty()) {
        throw Error("GRAMMAR_INVALID", "Expected a GBNF grammar with a rule " + root + ": " + log.reason());
    }
}

Grammar::Grammar(ModelPtr model, llama_sampler * sampler) : model_(std::move(model)), sampler_(sampler) {}

std::unique_ptr<Grammar> Grammar::clone() const {
    return std::unique_ptr<Grammar>(new Grammar(model_, llama_sampler_clone(sampler_.get())));
}

void Grammar::keep_accepted(std::vector<llama_token_data> & candidates) const {
    if (candidates.empty()) {
        return;
    }
    llama_token_data_array array{candidates.data(), candidates.size(), -1, false};
    llama_sampler_apply(sampler_.get(), &array);
    // A control token's name may look like text to the grammar; it never is an argument.
    std::erase_if(candidates, [this](const llama_token_data & c) {
        return (std::isinf(c.logit) && c.logit < 0) || (model_->is_control(c.id) && !model_->is_eog(c.id));
    });
}

bool Grammar::accepts(llama_token token) const {
    std::vector<llama_token_data> one{{token, 0.0F, 0.0F}};
    keep_accepted(one);
    return !one.empty();
}

void Grammar::accept(llama_token token) {
    // llama.cpp aborts on a token that the grammar has no place for.
    if (token < 0 || token >= model_->facts().n_vocab || !accepts(token)) {
        throw Error("INVALID_ARGUMENT",
                    "Expected a token that the grammar accepts but received " + std::to_string(token));
    }
    if (!model_->is_eog(token)) {
        llama_sampler_accept(sampler_.get(), token);
    }
}

bool Grammar::complete() const {
    const auto & facts = model_->facts();
    const llama_token end = facts.eos != LLAMA_TOKEN_NULL ? facts.eos : facts.eot;
    return end != LLAMA_TOKEN_NULL && accepts(end);
}

} // namespace toolken
