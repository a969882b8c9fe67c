// The tool head inside llama.cpp's compute graph: a backend sampler that multiplies the last hidden state
// with the head's rows, and returns the best of tokens and tools with what gives their joint softmax.
//
// llama.cpp marks this interface experimental; everything that touches it is in head_sampler.cpp.
#pragma once

#include "head.h"

#include "llama.h"

#include <memory>
#include <vector>

namespace toolken {

// In the graph a switched-off tool has this bias: a softmax over nothing but -infinity would be NaN.
inline constexpr float SWITCHED_OFF = -1e30F;

struct HeadSampler {
    struct Free {
        void operator()(llama_sampler * chain) const { llama_sampler_free(chain); }
    };

    HeadPtr head;
    int top_tokens = 0;      // best tokens returned per step
    int top_tools = 0;       // best tools returned per step
    std::vector<float> bias; // (C): added to the tool logits; -infinity switches a tool off
    bool in_graph = false;   // the device accepted every operation

    bool no_hidden_state = false; // the model's graph has no `result_norm`

    // The tensors of the current graph, cleared by backend_reset.
    ggml_tensor * bias_input = nullptr;

    std::unique_ptr<llama_sampler, Free> chain;
};

// A sampler of one sequence. Its results, in llama.cpp's arrays of the output row:
//   candidates: top_tokens token ids, then top_tools tool indices (both unsorted)
//   logits:     their logits, bias included
//   probs:      the tokens' probabilities among the tokens, the tools' among the tools
std::unique_ptr<HeadSampler> head_sampler_create(HeadPtr head, int top_tokens, int top_tools);

} // namespace toolken
