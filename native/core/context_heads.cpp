// Context: the heads of its sequences.
#include "context.h"

#include <algorithm>
#include <cmath>

namespace toolken {

namespace {

std::string number(int64_t value) {
    return std::to_string(value);
}

} // namespace

bool Context::attach_head(const HeadPtr & head, const std::vector<llama_seq_id> & sequences, int top_tokens,
                          int top_tools, bool in_graph) {
    if (head->dimension() != model_->facts().n_embd) {
        throw Error("MODEL_MISMATCH", "Expected a head of dimension " + number(model_->facts().n_embd) +
                                          " but received one of dimension " + number(head->dimension()));
    }
    if (top_tokens < 1 || top_tools < 1 ||
        top_tokens > model_->facts().n_vocab - std::min(top_tools, head->capacity())) {
        throw Error("INVALID_ARGUMENT", "Expected fewer candidates than the vocabulary has tokens");
    }
    for (const auto sequence : sequences) {
        check_sequence(sequence, "a head");
    }
    // All sequences or none: what they had stays until all have theirs.
    std::map<llama_seq_id, AttachedHead> made;
    bool all_in_graph = in_graph;
    const auto shared = head_graph_create(head, top_tokens, top_tools, options_.batch_invariant);
    try {
        for (const auto sequence : sequences) {
            auto & attached = made[sequence];
            attached.sampler = head_sampler_create(shared);
            attached.top_tools = top_tools;
            attached.in_graph = set_sampler(sequence, in_graph ? &attached : nullptr);
            all_in_graph = all_in_graph && attached.in_graph;
            if (!attached.in_graph && !options_.hidden_states) {
                throw Error("BACKEND_UNAVAILABLE", "Expected a context with hidden states for a head on the "
                                                   "host but it was created without");
            }
        }
    } catch (...) {
        for (const auto & entry : made) {
            put_back(entry.first);
        }
        throw;
    }
    for (auto & [sequence, attached] : made) {
        heads_[sequence] = std::move(attached);
    }
    return all_in_graph;
}

// What a sequence had before another head was tried on it. llama.cpp initialises a sampler once: it gets a
// new one.
void Context::put_back(llama_seq_id sequence) {
    const auto had = heads_.find(sequence);
    if (had == heads_.end() || !had->second.in_graph) {
        set_sampler(sequence, nullptr);
        return;
    }
    auto & attached = had->second;
    auto sampler = head_sampler_create(attached.sampler->shared);
    sampler->bias = attached.sampler->bias;
    attached.sampler.swap(sampler);
    attached.in_graph = set_sampler(sequence, &attached);
}

// Whether the head is in the sequence's graph now. Without one, or when it is not, no head is.
bool Context::set_sampler(llama_seq_id sequence, const AttachedHead * attached) {
    const bool in_graph = attached != nullptr &&
                          llama_set_sampler(context_.get(), sequence, attached->sampler->chain.get()) &&
                          attached->sampler->in_graph;
    if (!in_graph) {
        llama_set_sampler(context_.get(), sequence, nullptr);
    }
    return in_graph;
}

bool Context::is_chosen_in_place(llama_seq_id sequence) const {
    const auto head = heads_.find(sequence);
    return head != heads_.end() && head->second.in_graph && head->second.sampler->shared->chooses_on_host;
}

// A head that has more rows than its graph multiplies is attached again.
void Context::follow_heads() {
    std::map<const HeadGraph *, std::shared_ptr<HeadGraph>> grown;
    std::vector<std::unique_ptr<HeadSampler>> replaced; // until the end: llama.cpp tells samplers by address
    for (auto & [sequence, attached] : heads_) {
        if (!attached.in_graph || head_sampler_follow(*attached.sampler)) {
            continue;
        }
        auto & old = *attached.sampler->shared;
        auto & shared = grown[&old];
        if (!shared) {
            shared = head_graph_create(old.head, old.top_tokens, attached.top_tools, old.separate);
        }
        auto sampler = head_sampler_create(shared);
        if (!llama_set_sampler(context_.get(), sequence, sampler->chain.get()) || !sampler->in_graph) {
            throw Error("CONTEXT_CREATE_FAILED", "Expected room for the rows of a head that has grown");
        }
        head_sampler_set_bias(*sampler, attached.sampler->bias);
        replaced.push_back(std::move(attached.sampler));
        attached.sampler = std::move(sampler);
    }
}

void Context::detach_head(llama_seq_id sequence) {
    const auto head = heads_.find(sequence);
    if (head == heads_.end()) {
        return;
    }
    if (head->second.in_graph) {
        llama_set_sampler(context_.get(), sequence, nullptr);
    }
    heads_.erase(head);
}

void Context::set_bias(llama_seq_id sequence, const std::vector<float> & bias) {
    const auto head = heads_.find(sequence);
    if (head == heads_.end()) {
        throw Error("INVALID_ARGUMENT", "Expected a sequence with a head but received " + number(sequence));
    }
    auto & sampler = *head->second.sampler;
    if (bias.size() != static_cast<size_t>(sampler.head().count())) {
        throw Error("INVALID_ARGUMENT", "Expected a bias for each of " + number(sampler.head().count()) +
                                            " tools but received " +
                                            number(static_cast<int64_t>(bias.size())));
    }
    if (std::any_of(bias.begin(), bias.end(),
                    [](float b) { return std::isnan(b) || (std::isinf(b) && b > 0); })) {
        throw Error("INVALID_ARGUMENT", "Expected a bias below Infinity but received NaN or Infinity");
    }
    head_sampler_set_bias(sampler, bias);
}

} // namespace toolken
