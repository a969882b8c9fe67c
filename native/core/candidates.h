// The best outcomes of a step with their exact probabilities: from raw logits on the host, or from the graph.
#pragma once

#include "grammar.h"
#include "head_sampler.h"

#include "llama.h"

#include <cstdint>
#include <vector>

namespace toolken {

// Sorted by logit, ties by id. Ids 0…V-1 are tokens, V…V+K-1 tools.
struct Candidates {
    std::vector<int32_t> ids;
    std::vector<float> logits;
    std::vector<float> probs; // under the softmax over all V + K outcomes
    bool constrained = false; // probs are renormalised over what the grammar accepts among the ids
};

// logsumexp over n floats with double accumulation. Returns -infinity when all are.
double log_sum_exp(const float * logits, int64_t n);

// Entropy of softmax(logits) in nats; 0 when all are -infinity.
double entropy_of(const float * logits, int64_t n);

// Joint candidates on the host. logits: (V); tools: (K) with the bias added, or nullptr when K = 0.
// Throws DECODE_FAILED when a logit is NaN or +infinity, as do the next two.
Candidates candidates_on_host(const float * logits, int n_vocab, const float * tools, int n_tools,
                              int top_tokens, int top_tools);

// Token candidates that the grammar accepts now: the best `top` of the vocabulary, or, when it accepts none
// of them, the best of what it accepts in the whole vocabulary. Empty when it accepts nothing.
Candidates candidates_under_grammar(const float * logits, int n_vocab, const Grammar & grammar, int top);

// What the sampler's sequence has at batch index i, its only output in the decode that ended last.
Candidates candidates_from_graph(llama_context * ctx, int32_t i, int n_vocab, const HeadSampler & sampler);

} // namespace toolken
