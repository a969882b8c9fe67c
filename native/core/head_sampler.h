// The tool head inside llama.cpp's compute graph: backend samplers that multiply the last hidden states with
// the head's rows, for all outputs of a batch at once.
//
// On a device the samplers also choose: each returns the best of tokens and tools with what gives their joint
// softmax. On a CPU the graph holds the product alone, and the host chooses from it and the logits where they
// are, which is less work than ggml's operations for it.
//
// llama.cpp marks this interface experimental; everything that touches it is in head_sampler.cpp.
#pragma once

#include "head.h"

#include "llama.h"

#include <memory>
#include <vector>

namespace toolken {

// In a device's graph a switched-off tool has this bias: a softmax over nothing but -infinity would be NaN.
inline constexpr float SWITCHED_OFF = -1e30F;

// What the samplers of a head on several sequences share. R: outputs of the batch.
struct HeadGraph {
    HeadPtr head;
    int rows = 0;                // of W that are multiplied: K when it was attached, rounded up
    int top_tokens = 0;          // best tokens returned per step
    int top_tools = 0;           // best tools returned per step
    bool separate = false;       // a product for each output, so that none depends on how many there are
    bool chooses_on_host = true; // the device is a CPU

    // The graph that was built last, which is the one computed last; null after backend_reset.
    const ggml_cgraph * graph = nullptr;
    bool has_hidden_states = true;        // it has `result_norm`
    ggml_tensor * norm = nullptr;         // (d, R)
    ggml_tensor * logits = nullptr;       // (V, R)
    ggml_tensor * product = nullptr;      // W h: (rows, R); null when separate
    ggml_tensor * best_tokens = nullptr;  // ids: (top_tokens, R); device only, as the next two
    ggml_tensor * token_logits = nullptr; // of the best: (1, top_tokens, R)
    ggml_tensor * token_probs = nullptr;  // among the tokens: (1, top_tokens, R)
};

struct HeadSampler {
    struct Free {
        void operator()(llama_sampler * chain) const { llama_sampler_free(chain); }
        void operator()(ggml_context * context) const { ggml_free(context); }
        void operator()(ggml_backend_buffer * buffer) const { ggml_backend_buffer_free(buffer); }
    };

    std::shared_ptr<HeadGraph> shared;
    bool in_graph = false; // the device accepted every operation

    // (C): added to the tool logits; -infinity switches a tool off. On a device also in its memory, for
    // `uploaded` tools.
    std::vector<float> bias;
    ggml_tensor * device_bias = nullptr;
    int uploaded = 0;

    // Of the graph that was built last.
    int64_t row = 0;                 // the sequence's output
    ggml_tensor * product = nullptr; // holds W h of the sequence in its row `product_row`
    int64_t product_row = 0;

    std::unique_ptr<ggml_context, Free> context; // of device_bias
    std::unique_ptr<ggml_backend_buffer, Free> buffer;
    std::unique_ptr<llama_sampler, Free> chain;

    const Head & head() const { return *shared->head; }
};

// What the samplers of one attached head share. separate: see HeadGraph.
std::shared_ptr<HeadGraph> head_graph_create(HeadPtr head, int top_tokens, int top_tools, bool separate);

// A sampler of one sequence. On a device its results are in llama.cpp's arrays of the output row:
//   candidates: top_tokens token ids, then top_tools tool indices (both unsorted)
//   logits:     their logits, bias included
//   probs:      the tokens' probabilities among the tokens, the tools' among the tools
std::unique_ptr<HeadSampler> head_sampler_create(std::shared_ptr<HeadGraph> shared);

// bias: at most (C).
void head_sampler_set_bias(HeadSampler & sampler, const std::vector<float> & bias);

// To be called before a decode: follows a head whose count has changed. False when the head has outgrown the
// rows that the graph multiplies; it must then be attached again.
bool head_sampler_follow(HeadSampler & sampler);

// Row `row` of a tensor (n, rows) of the last graph: where it is, or copied to `copy`.
const float * head_sampler_row(const ggml_tensor * tensor, int64_t row, std::vector<float> & copy);

} // namespace toolken
