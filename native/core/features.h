// The one forward pass that training needs: for every wanted step the last hidden state and what the
// vocabulary says, streamed to a safetensors file.
#pragma once

#include "cancel.h"
#include "model.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace toolken {

struct FeatureInput {
    std::vector<llama_token> prefix; // common prompt, computed once; may be empty
    std::vector<llama_token> tokens; // all texts, one after the other
    std::vector<int32_t> targets;    // per token: target of the step at that position; -1: step not wanted,
                                     // >= 0: a token, <= -2: tool -2 - target
    std::vector<int64_t> offsets;    // text t is tokens[offsets[t]] … tokens[offsets[t + 1] - 1]
    std::string path;                // the file to write
    std::string metadata;            // JSON object of strings for the file's __metadata__
    int top_tokens = 0;              // m: the best tokens to keep of every step
    int n_batch = 512;
    int n_threads = 0;
};

struct FeatureCounts {
    int64_t steps = 0;          // N, rows written
    int64_t decoded_tokens = 0; // the prefix once, then every text up to its last wanted step
    int64_t texts = 0;
};

// Writes tensors h (N, d) F32, lse (N) F32 = logsumexp of the vocabulary's logits, target (N) I32,
// target_logit (N) F32 (0 for a tool), best_logit (N) F32, text (N) I32, position (N) I32 within the text;
// with m > 0 also top_token (N, m) I32, top_logit (N, m) F32, best first, and entropy (N) F32 of the
// vocabulary's softmax, nats. progress(done, total) in texts. Throws INVALID_ARGUMENT, CONTEXT_CREATE_FAILED,
// DECODE_FAILED, IO, ABORTED.
FeatureCounts features_extract(const ModelPtr & model, const FeatureInput & input,
                               const CancelFlagPtr & cancel,
                               const std::function<void(int64_t, int64_t)> & progress);

} // namespace toolken
