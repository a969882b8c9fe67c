#include "log_capture.h"
#include "model.h"

#include <memory>
#include <string>

namespace toolken {

void model_try(const std::string & path) {
    LogCapture log;
    llama_model_params params = llama_model_default_params();
    params.no_alloc = true;
    params.load_mode = LLAMA_LOAD_MODE_NONE;
    params.n_gpu_layers = 0;
    ggml_backend_dev_t none[] = {nullptr};
    params.devices = none;
    const std::unique_ptr<llama_model, void (*)(llama_model *)> model(
        llama_model_load_from_file(path.c_str(), params), llama_model_free);
    if (!model) {
        throw Error("MODEL_LOAD_FAILED",
                    "Expected a GGUF model that llama.cpp can load in " + path + ": " + log.reason());
    }
    const auto * vocab = llama_model_get_vocab(model.get());
    if (llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE || llama_vocab_n_tokens(vocab) <= 0) {
        throw Error("MODEL_LOAD_FAILED", "Expected a language model with a vocabulary in " + path);
    }
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); ++token) {
        char piece[256];
        llama_token_to_piece(vocab, token, piece, sizeof(piece), 0, true);
    }
    llama_token tokens[64];
    const std::string text = "The sum is 12+30=42.\nNo, \"naïve\"\t<s>!";
    for (const bool special : {false, true}) {
        llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), tokens, 64, special, special);
    }
    llama_context_params context = llama_context_default_params();
    context.n_ctx = 256;
    context.n_batch = 64;
    context.n_ubatch = 64;
    context.n_threads = 1;
    context.n_threads_batch = 1;
    const std::unique_ptr<llama_context, void (*)(llama_context *)> made(
        llama_init_from_model(model.get(), context), llama_free);
    if (!made) {
        throw Error("MODEL_LOAD_FAILED",
                    "Expected a model that llama.cpp can compute in " + path + ": " + log.reason());
    }
}

} // namespace toolken
