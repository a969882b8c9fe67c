#include "head_sampler.h"

#include "error.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace toolken {

namespace {

HeadSampler & self(llama_sampler * sampler) {
    return *static_cast<HeadSampler *>(sampler->ctx);
}

const char * head_sampler_name(const llama_sampler *) {
    return "toolken-head";
}

// Host sampling is never asked for: the results are read from the graph or computed by candidates.cpp.
void head_sampler_apply(llama_sampler *, llama_token_data_array *) {}

void head_sampler_free(llama_sampler * sampler) {
    sampler->ctx = nullptr;
}

// Whether these logits are the model's: llama.cpp hands over a view into a padded copy of them. Its probe
// graph has no model in it.
bool is_of_model(const ggml_tensor * logits) {
    return logits->view_src != nullptr && logits->view_src->op == GGML_OP_PAD;
}

// h (d): the row of `result_norm` (d, n_outputs) that belongs to this output of the vocabulary logits.
ggml_tensor * hidden_state(HeadSampler & state, ggml_context * ctx, ggml_cgraph * gf,
                           const ggml_tensor * logits) {
    const int dimension = state.head->dimension();
    ggml_tensor * norm = ggml_graph_get_tensor(gf, "result_norm");
    state.no_hidden_state = state.no_hidden_state || (norm == nullptr && is_of_model(logits));
    const auto row = logits->view_src != nullptr
                         ? static_cast<int64_t>(logits->view_offs / logits->view_src->nb[1])
                         : int64_t{0};
    if (norm == nullptr || norm->ne[1] <= row || norm->ne[0] != dimension) {
        // llama.cpp's probe graph has no model in it, and a batch may ask for no output at all:
        // an input of the same shape keeps the operations the same.
        auto * stand_in = ggml_new_tensor_1d(ctx, GGML_TYPE_F32, dimension);
        ggml_set_input(stand_in);
        return stand_in;
    }
    return ggml_view_1d(ctx, norm, dimension, static_cast<size_t>(row) * norm->nb[1]);
}

// The output's logits (V) where the model wrote them. llama.cpp hands over a view into a copy of them with
// one row more, and that copy costs about as much as everything else that a small head does.
ggml_tensor * uncopied(ggml_context * ctx, ggml_tensor * logits) {
    const auto * padded = logits->view_src;
    if (padded == nullptr || padded->op != GGML_OP_PAD) {
        return logits;
    }
    auto * all = padded->src[0];
    const auto row = static_cast<int64_t>(logits->view_offs / padded->nb[1]);
    if (row >= all->ne[1] || all->ne[0] != logits->ne[0] || !ggml_is_contiguous(all)) {
        return logits;
    }
    return ggml_view_1d(ctx, all, all->ne[0], static_cast<size_t>(row) * all->nb[1]);
}

ggml_tensor * gather(ggml_context * ctx, ggml_tensor * values, int64_t n, ggml_tensor * indices) {
    auto * picked = ggml_get_rows(ctx, ggml_reshape_2d(ctx, values, 1, n), indices);
    return ggml_reshape_1d(ctx, picked, indices->ne[0]);
}

void head_sampler_backend_apply(llama_sampler * sampler, ggml_context * ctx, ggml_cgraph * gf,
                                llama_sampler_data * data) {
    auto & state = self(sampler);
    const int capacity = state.head->capacity();
    const int64_t n_vocab = data->logits->ne[0];
    const int top_tokens = static_cast<int>(std::min<int64_t>(state.top_tokens, n_vocab));

    auto * weights = state.head->on_device(nullptr);
    auto * h = hidden_state(state, ctx, gf, data->logits);
    auto * bias = ggml_new_tensor_1d(ctx, GGML_TYPE_F32, capacity);
    ggml_set_name(bias, "toolken_bias");
    ggml_set_input(bias);
    state.bias_input = bias;

    // z_T = W h + b, METHOD: ToolkenGPT (arXiv 2305.11554), eq. 2
    auto * product = ggml_reshape_1d(ctx, ggml_mul_mat(ctx, weights, h), capacity);
    auto * tools = ggml_add(ctx, product, bias);
    auto * tokens = uncopied(ctx, data->logits);

    // Two softmaxes instead of one over their concatenation, which would copy the vocabulary's logits at
    // every token: a value and its probability give each normaliser (lse = z - log p), and the host adds the
    // two.
    auto * token_probabilities = ggml_soft_max(ctx, tokens);
    auto * tool_probabilities = ggml_soft_max(ctx, tools);

    auto * best_tokens = ggml_top_k(ctx, tokens, top_tokens);
    auto * best_tools = ggml_top_k(ctx, tools, state.top_tools);

    data->candidates = ggml_concat(ctx, best_tokens, best_tools, 0);
    data->logits = ggml_concat(ctx, gather(ctx, tokens, n_vocab, best_tokens),
                               gather(ctx, tools, capacity, best_tools), 0);
    data->probs = ggml_concat(ctx, gather(ctx, token_probabilities, n_vocab, best_tokens),
                              gather(ctx, tool_probabilities, capacity, best_tools), 0);
    // llama.cpp puts the three into the graph: computed where the sequence has an output in this batch, left
    // out where not.
}

bool head_sampler_backend_init(llama_sampler * sampler, ggml_backend_buffer_type_t buffer_type, uint32_t) {
    auto & state = self(sampler);
    state.in_graph = false;
    try {
        state.head->on_device(buffer_type);
    } catch (const Error &) {
        return false;
    }
    state.in_graph = true;
    auto * device = ggml_backend_buft_get_device(buffer_type);
    if (device == nullptr) {
        return true; // the CPU takes everything
    }
    // The same operations on a vocabulary wider than any model's, to ask the device about them.
    constexpr int64_t WIDEST_VOCABULARY = 512 * 1024;
    constexpr size_t NODES = 128;
    ggml_init_params params{NODES * ggml_tensor_overhead() + ggml_graph_overhead_custom(NODES, false),
                            nullptr, true};
    std::unique_ptr<ggml_context, void (*)(ggml_context *)> ctx(ggml_init(params),
                                                                [](ggml_context * c) { ggml_free(c); });
    auto * graph = ggml_new_graph_custom(ctx.get(), NODES, false);
    llama_sampler_data data{ggml_new_tensor_1d(ctx.get(), GGML_TYPE_F32, WIDEST_VOCABULARY), nullptr, nullptr,
                            nullptr};
    head_sampler_backend_apply(sampler, ctx.get(), graph, &data);
    for (auto * output : {data.candidates, data.logits, data.probs}) {
        ggml_build_forward_expand(graph, output);
    }
    state.bias_input = nullptr;
    for (int i = 0; i < ggml_graph_n_nodes(graph); ++i) {
        if (!ggml_backend_dev_supports_op(device, ggml_graph_node(graph, i))) {
            state.in_graph = false;
        }
    }
    return state.in_graph;
}

void head_sampler_backend_set_input(llama_sampler * sampler) {
    auto & state = self(sampler);
    if (state.bias_input != nullptr && state.bias_input->buffer != nullptr) {
        std::vector<float> finite = state.bias;
        // A head that has fewer rows than before may have left biases behind.
        std::fill(finite.begin() + state.head->count(), finite.end(), SWITCHED_OFF);
        std::replace(finite.begin(), finite.end(), -std::numeric_limits<float>::infinity(), SWITCHED_OFF);
        ggml_backend_tensor_set(state.bias_input, finite.data(), 0, finite.size() * sizeof(float));
    }
}

void head_sampler_backend_reset(llama_sampler * sampler) {
    self(sampler).bias_input = nullptr;
}

llama_sampler_i head_sampler_interface = {
    /* .name              = */ head_sampler_name,
    /* .accept            = */ nullptr,
    /* .apply             = */ head_sampler_apply,
    /* .reset             = */ nullptr,
    /* .clone             = */ nullptr,
    /* .free              = */ head_sampler_free,
    /* .backend_init      = */ head_sampler_backend_init,
    /* .backend_accept    = */ nullptr,
    /* .backend_apply     = */ head_sampler_backend_apply,
    /* .backend_set_input = */ head_sampler_backend_set_input,
    /* .backend_reset     = */ head_sampler_backend_reset,
    /* .copy_state        = */ nullptr,
};

} // namespace

std::unique_ptr<HeadSampler> head_sampler_create(HeadPtr head, int top_tokens, int top_tools) {
    auto state = std::make_unique<HeadSampler>();
    state->bias.assign(static_cast<size_t>(head->capacity()), -std::numeric_limits<float>::infinity());
    state->top_tokens = top_tokens;
    state->top_tools = std::min(top_tools, head->capacity());
    state->head = std::move(head);
    state->chain.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    llama_sampler_chain_add(state->chain.get(), llama_sampler_init(&head_sampler_interface, state.get()));
    return state;
}

} // namespace toolken
