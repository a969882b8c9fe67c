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

void upload_bias(HeadSampler & state) {
    state.uploaded = state.head().count();
    if (state.device_bias == nullptr) {
        return;
    }
    std::vector<float> finite(state.bias.begin(), state.bias.begin() + state.shared->rows);
    // A head that has fewer rows than before may have left old biases.
    std::fill(finite.begin() + std::min<int>(state.uploaded, state.shared->rows), finite.end(), SWITCHED_OFF);
    std::replace(finite.begin(), finite.end(), -std::numeric_limits<float>::infinity(), SWITCHED_OFF);
    ggml_backend_tensor_set(state.device_bias, finite.data(), 0, finite.size() * sizeof(float));
}

// The model's logits (V, R): llama.cpp hands over a view into a copy of them with one row more, and that copy
// costs about as much as everything else that a small head does. `logits` itself in its probe graph.
ggml_tensor * uncopied(ggml_tensor * logits) {
    auto * padded = logits->view_src;
    return padded != nullptr && padded->op == GGML_OP_PAD ? padded->src[0] : logits;
}

int64_t output_row(const ggml_tensor * logits) {
    return logits->view_src == nullptr ? 0
                                       : static_cast<int64_t>(logits->view_offs / logits->view_src->nb[1]);
}

// W (d, rows): the rows in use, not those that are spare.
ggml_tensor * used_rows(const HeadGraph & shared, ggml_context * ctx) {
    auto * weights = shared.head->on_device(nullptr);
    return ggml_view_2d(ctx, weights, weights->ne[0], shared.rows, weights->nb[1], 0);
}

ggml_tensor * gather(ggml_context * ctx, ggml_tensor * values, ggml_tensor * indices) {
    return ggml_get_rows(ctx, ggml_reshape_3d(ctx, values, 1, values->ne[0], values->ne[1]), indices);
}

// What all outputs share: built by the first sampler of a graph.
void build_shared(HeadGraph & shared, ggml_context * ctx, ggml_cgraph * gf, ggml_tensor * logits) {
    const int dimension = shared.head->dimension();
    shared.graph = gf;
    shared.logits = uncopied(logits);
    const auto n_outputs = shared.logits->ne[1];
    shared.norm = ggml_graph_get_tensor(gf, "result_norm");
    const bool found =
        shared.norm != nullptr && shared.norm->ne[0] == dimension && shared.norm->ne[1] == n_outputs;
    // llama.cpp's probe graph has no model in it.
    shared.has_hidden_states = found || shared.logits == logits;
    if (!found || n_outputs == 0) {
        // An input of the same shape keeps the operations the same.
        shared.norm = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, dimension, std::max<int64_t>(n_outputs, 1));
        ggml_set_input(shared.norm);
    }
    // z_T = W h + b, METHOD: ToolkenGPT (arXiv 2305.11554), eq. 2
    shared.product = nullptr;
    if (!shared.separate) {
        shared.product = ggml_mul_mat(ctx, used_rows(shared, ctx), shared.norm);
        ggml_set_name(shared.product, "toolken_product");
    }
    if (shared.chooses_on_host) {
        return;
    }
    // Two softmaxes instead of one over their concatenation, which would copy the vocabulary's logits at
    // every token: a value and its probability give each normaliser (lse = z - log p), and the host adds the
    // two.
    auto * tokens = n_outputs == 0 ? logits : shared.logits;
    shared.best_tokens =
        ggml_top_k(ctx, tokens, static_cast<int>(std::min<int64_t>(shared.top_tokens, tokens->ne[0])));
    shared.token_logits = gather(ctx, tokens, shared.best_tokens);
    shared.token_probs = gather(ctx, ggml_soft_max(ctx, tokens), shared.best_tokens);
}

ggml_tensor * row_of(ggml_context * ctx, ggml_tensor * matrix, int64_t n, int64_t row) {
    return ggml_view_1d(ctx, matrix, n, static_cast<size_t>(row * n) * ggml_type_size(matrix->type));
}

void head_sampler_backend_apply(llama_sampler * sampler, ggml_context * ctx, ggml_cgraph * gf,
                                llama_sampler_data * data) {
    auto & state = self(sampler);
    auto & shared = *state.shared;
    if (shared.graph != gf) {
        build_shared(shared, ctx, gf, data->logits);
    }
    // A sequence without an output in this batch gets row 0, and llama.cpp leaves its results out.
    state.row = output_row(data->logits);
    state.product = shared.product;
    state.product_row = state.row;
    if (shared.separate) {
        auto * h = row_of(ctx, shared.norm, shared.norm->ne[0], state.row);
        state.product = ggml_mul_mat(ctx, used_rows(shared, ctx), h);
        state.product_row = 0;
    }
    if (shared.chooses_on_host) {
        // Read where they are, so nothing may take their memory. One value is returned: by it llama.cpp knows
        // whether the product is wanted.
        ggml_set_output(state.product);
        data->probs = ggml_view_1d(ctx, state.product, 1,
                                   static_cast<size_t>(state.product_row) * state.product->nb[1]);
        data->logits = nullptr;
        return;
    }
    auto * bias = ggml_view_1d(ctx, state.device_bias, shared.rows, 0);
    auto * tools = ggml_add(ctx, row_of(ctx, state.product, shared.rows, state.product_row), bias);
    auto * best_tools = ggml_top_k(ctx, tools, shared.top_tools);
    const auto with = [&](ggml_tensor * of_tokens, ggml_tensor * of_tools) {
        return ggml_concat(ctx, row_of(ctx, of_tokens, shared.best_tokens->ne[0], state.row),
                           ggml_reshape_1d(ctx, of_tools, shared.top_tools), 0);
    };
    data->candidates = with(shared.best_tokens, best_tools);
    data->logits = with(shared.token_logits, gather(ctx, tools, best_tools));
    data->probs = with(shared.token_probs, gather(ctx, ggml_soft_max(ctx, tools), best_tools));
    // llama.cpp puts the three into the graph: computed where the sequence has an output in this batch, left
    // out where not.
}

void allocate_bias(HeadSampler & state, ggml_backend_buffer_type_t buffer_type) {
    ggml_init_params params{ggml_tensor_overhead() + 64, nullptr, true};
    state.context.reset(ggml_init(params));
    state.device_bias = ggml_new_tensor_1d(state.context.get(), GGML_TYPE_F32, state.shared->rows);
    ggml_set_name(state.device_bias, "toolken_bias");
    state.buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(state.context.get(), buffer_type));
    if (!state.buffer) {
        throw Error("CONTEXT_CREATE_FAILED", "Expected room for the tools' biases on the device");
    }
    // Weights: not an input, which would be copied to the device at every step.
    ggml_backend_buffer_set_usage(state.buffer.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
    upload_bias(state);
}

bool head_sampler_backend_init(llama_sampler * sampler, ggml_backend_buffer_type_t buffer_type, uint32_t) {
    auto & state = self(sampler);
    auto * device = ggml_backend_buft_get_device(buffer_type);
    state.in_graph = false;
    state.shared->graph = nullptr;
    state.shared->chooses_on_host =
        device == nullptr || ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU;
    try {
        state.shared->head->on_device(buffer_type);
        if (!state.shared->chooses_on_host) {
            allocate_bias(state, buffer_type);
        }
    } catch (const Error &) {
        return false;
    }
    state.in_graph = true;
    if (state.shared->chooses_on_host) {
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
    state.shared->graph = nullptr;
    for (int i = 0; i < ggml_graph_n_nodes(graph); ++i) {
        if (!ggml_backend_dev_supports_op(device, ggml_graph_node(graph, i))) {
            state.in_graph = false;
        }
    }
    return state.in_graph;
}

void head_sampler_backend_reset(llama_sampler * sampler) {
    self(sampler).shared->graph = nullptr;
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
    /* .backend_set_input = */ nullptr,
    /* .backend_reset     = */ head_sampler_backend_reset,
    /* .copy_state        = */ nullptr,
};

} // namespace

std::shared_ptr<HeadGraph> head_graph_create(HeadPtr head, int top_tokens, int top_tools, bool separate) {
    constexpr int ROWS = 256; // a head may grow by some before it is attached again
    auto shared = std::make_shared<HeadGraph>();
    const int wanted = std::max(head->count(), 1) + ROWS - 1;
    shared->rows = std::min(wanted / ROWS * ROWS, head->capacity());
    shared->top_tokens = top_tokens;
    shared->top_tools = std::min(top_tools, shared->rows);
    shared->separate = separate;
    shared->head = std::move(head);
    return shared;
}

std::unique_ptr<HeadSampler> head_sampler_create(std::shared_ptr<HeadGraph> shared) {
    auto state = std::make_unique<HeadSampler>();
    state->bias.assign(static_cast<size_t>(shared->head->capacity()),
                       -std::numeric_limits<float>::infinity());
    state->shared = std::move(shared);
    state->chain.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    llama_sampler_chain_add(state->chain.get(), llama_sampler_init(&head_sampler_interface, state.get()));
    return state;
}

void head_sampler_set_bias(HeadSampler & sampler, const std::vector<float> & bias) {
    std::fill(sampler.bias.begin(), sampler.bias.end(), -std::numeric_limits<float>::infinity());
    std::copy(bias.begin(), bias.end(), sampler.bias.begin());
    upload_bias(sampler);
}

bool head_sampler_follow(HeadSampler & sampler) {
    if (sampler.uploaded != sampler.head().count()) {
        upload_bias(sampler);
    }
    return sampler.head().count() <= sampler.shared->rows;
}

const float * head_sampler_row(const ggml_tensor * tensor, int64_t row, std::vector<float> & copy) {
    const auto * owner = tensor->view_src != nullptr ? tensor->view_src : tensor;
    const size_t offset = static_cast<size_t>(row) * tensor->nb[1];
    if (ggml_backend_buffer_is_host(owner->buffer)) {
        return reinterpret_cast<const float *>(static_cast<const char *>(tensor->data) + offset);
    }
    copy.resize(static_cast<size_t>(tensor->ne[0]));
    ggml_backend_tensor_get(tensor, copy.data(), offset, copy.size() * sizeof(float));
    return copy.data();
}

} // namespace toolken
