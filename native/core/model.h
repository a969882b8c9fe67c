// A GGUF model under llama.cpp: loading, facts, tokenizer. Immutable once loaded; safe to share between
// contexts.
#pragma once

#include "cancel.h"
#include "threads.h"

#include "llama.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace toolken {

struct ModelOptions {
    std::string path;
    std::string gpu = "auto"; // "auto", "cuda", "vulkan", "metal", "cpu"
    int gpu_layers = -1;      // -1: as many as fit
    bool use_mmap = true;
};

struct ModelFacts {
    std::string architecture;
    std::string name;
    std::string quantization;
    std::optional<std::string> chat_template;
    std::string backend; // of the device that holds the output layer's host: "cpu", "cuda", …
    int n_embd = 0;      // d
    int n_vocab = 0;     // V
    int n_layer = 0;
    int n_ctx_train = 0;
    int gpu_layers = 0;
    uint64_t n_params = 0;
    uint64_t size = 0; // bytes of all tensors
    llama_token bos = LLAMA_TOKEN_NULL;
    llama_token eos = LLAMA_TOKEN_NULL;
    llama_token eot = LLAMA_TOKEN_NULL;
    bool adds_bos = false;
    bool adds_eos = false;
    std::map<std::string, std::string> metadata; // scalar GGUF metadata, long values cut
};

// The facts of every token, in flat arrays.
struct TokenTable {
    std::vector<uint8_t> bytes; // of all tokens, one after the other; of control tokens, those of their names
    std::vector<int32_t> offsets; // (V + 1): token t has bytes[offsets[t]] … bytes[offsets[t + 1] - 1]
    std::vector<uint8_t> flags;   // (V): 1 = ends generation, 2 = control
};

class Model {
  public:
    // progress: called with 0…1 on the loading thread.
    // Throws MODEL_LOAD_FAILED, BACKEND_UNAVAILABLE, ABORTED.
    static std::shared_ptr<Model> load(const ModelOptions & options, const CancelFlagPtr & cancel,
                                       const std::function<void(float)> & progress);

    llama_model * get() const noexcept { return model_.get(); }
    const llama_vocab * vocab() const noexcept { return vocab_; }
    const ModelFacts & facts() const noexcept { return facts_; }

    const TokenTable & token_table() const noexcept { return table_; }

    // Takes about a microsecond per token; a long run of letters needs a thread of its own, which is waited
    // for. Throws INVALID_ARGUMENT, RESOURCE_EXHAUSTED.
    std::vector<llama_token> tokenize(std::string_view text, bool add_special, bool parse_special) const;
    // Bytes of one token; control tokens have bytes only with `special`.
    std::string piece(llama_token token, bool special) const;
    bool is_eog(llama_token token) const { return llama_vocab_is_eog(vocab_, token); }
    bool is_control(llama_token token) const { return llama_vocab_is_control(vocab_, token); }
    // The pool of this many threads that the model's contexts share. Operations of one model take turns.
    std::shared_ptr<ThreadPool> thread_pool(int n_threads) const;
    // Messages as (role, content). Throws INVALID_ARGUMENT when llama.cpp does not know the template.
    std::string apply_chat_template(const std::vector<std::pair<std::string, std::string>> & messages,
                                    bool add_assistant) const;

  private:
    struct Free {
        void operator()(llama_model * model) const { llama_model_free(model); }
    };

    Model() = default;
    void read_facts();
    void read_tokens();
    std::vector<llama_token> tokenize_here(std::string_view text, bool add_special, bool parse_special) const;

    std::unique_ptr<llama_model, Free> model_;
    const llama_vocab * vocab_ = nullptr;
    ModelFacts facts_;
    TokenTable table_;
    std::string pre_tokenizer_; // how a text is cut before byte pairs are merged
    mutable std::mutex pools_mutex_;
    mutable std::map<int, std::weak_ptr<ThreadPool>> pools_;
};

// Loads a model's metadata, vocabulary and tensors' shapes, and makes a context of it, without memory for
// weights or cells: whatever llama.cpp asserts of a file, it asserts then, and aborts. For a process that may
// die of it. Throws MODEL_LOAD_FAILED.
void model_try(const std::string & path);

using ModelPtr = std::shared_ptr<Model>;

} // namespace toolken
