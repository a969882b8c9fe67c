#include "context.h"

#include "cpus.h"
#include "log_capture.h"

#include <algorithm>
#include <cstring>

namespace toolken {

namespace {

constexpr int MAX_TOKENS_PER_GRAPH = 512;
constexpr int MAX_SEQUENCES = 256; // llama.cpp's LLAMA_MAX_SEQ

std::string number(int64_t value) {
    return std::to_string(value);
}

} // namespace

Context::Context(ModelPtr model, const ContextOptions & options)
    : model_(std::move(model)), options_(options),
      threads_(model_->thread_pool(cpus_for(options.n_threads))) {
    if (options_.n_sequences < 1 || options_.n_sequences > MAX_SEQUENCES) {
        throw Error("INVALID_ARGUMENT",
                    "Expected 1 to 256 sequences but received " + number(options_.n_sequences));
    }
    if (options_.n_ctx < 1 || options_.n_batch < 1) {
        throw Error("INVALID_ARGUMENT", "Expected a positive context and batch size");
    }
    options_.n_threads = cpus_for(options_.n_threads);
    options_.n_batch = std::min(options_.n_batch, options_.n_ctx);
    if (options_.n_outputs <= 0) {
        options_.n_outputs = options_.n_sequences;
    }
    // llama.cpp asserts n_sequences <= n_outputs_max <= n_batch.
    options_.n_outputs = std::max(options_.n_outputs, options_.n_sequences);
    options_.n_batch = std::max(options_.n_batch, options_.n_outputs);
    // Nor does it take a batch of more tokens than it has cells.
    options_.n_ctx = std::max(options_.n_ctx, options_.n_batch);

    llama_context_params params = llama_context_default_params();
    params.n_ctx = static_cast<uint32_t>(options_.n_ctx);
    params.n_batch = static_cast<uint32_t>(options_.n_batch);
    // An abort is noticed between operations, each of which takes as long as its tokens.
    params.n_ubatch = static_cast<uint32_t>(std::min(options_.n_batch, MAX_TOKENS_PER_GRAPH));
    params.n_seq_max = static_cast<uint32_t>(options_.n_sequences);
    params.n_outputs_max = static_cast<uint32_t>(options_.n_outputs);
    params.n_outputs_max_per_seq = 1;
    params.n_threads = options_.n_threads;
    params.n_threads_batch = options_.n_threads;
    params.no_perf = true;
    params.kv_unified = options_.kv_unified;
    // Sliding windows are kept whole, or a sequence could not be rolled back.
    params.swa_full = true;
    params.offload_kqv = options_.offload_kv;
    if (options_.batch_invariant && model_->facts().gpu_layers == 0) {
        params.type_v = GGML_TYPE_BF16;
    }
    params.abort_callback = on_abort;
    params.abort_callback_data = this;
    if (options_.hidden_states) {
        params.cb_eval = on_evaluate;
        params.cb_eval_user_data = this;
    }
    LogCapture log;
    try {
        context_.reset(llama_init_from_model(model_->get(), params));
    } catch (const std::exception & error) {
        throw Error("CONTEXT_CREATE_FAILED",
                    std::string("Expected room for the context but ") + error.what());
    }
    if (!context_) {
        throw Error("CONTEXT_CREATE_FAILED",
                    "Expected room for a context of " + number(options_.n_ctx) + " tokens: " + log.reason());
    }
    options_.n_ctx = static_cast<int>(llama_n_ctx(context_.get()));
    threads_->attach(context_.get());
}

Context::~Context() {
    // The samplers are part of the context's graph: they go first.
    for (auto & [sequence, head] : heads_) {
        if (head.in_graph) {
            llama_set_sampler(context_.get(), sequence, nullptr);
        }
    }
    if (context_) {
        llama_detach_threadpool(context_.get());
    }
}

bool Context::on_abort(void * user) {
    const auto & cancel = static_cast<Context *>(user)->cancel_;
    return cancel && cancel->cancelled();
}

// Copies `result_norm` (d, outputs) out of the running graph. `ask` comes first for every tensor; a "yes"
// splits the graph there, so it is only said when a hidden state is wanted.
bool Context::on_evaluate(ggml_tensor * tensor, bool ask, void * user) {
    auto & self = *static_cast<Context *>(user);
    if (!self.capture_hidden_states_ || std::strcmp(tensor->name, "result_norm") != 0) {
        return !ask;
    }
    if (ask) {
        return true;
    }
    const auto n = static_cast<size_t>(ggml_nelements(tensor));
    const auto filled = self.hidden_states_.size();
    self.hidden_states_.resize(filled + n);
    ggml_backend_tensor_get(tensor, self.hidden_states_.data() + filled, 0, n * sizeof(float));
    return true;
}

} // namespace toolken
