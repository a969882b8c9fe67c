#include "model.h"

#include "backend.h"
#include "gpu_layers.h"
#include "job_threads.h"
#include "log_capture.h"
#include "text_runs.h"

#include <algorithm>
#include <set>

namespace toolken {

namespace {

constexpr size_t MAX_METADATA_LENGTH = 4096;
struct Progress {
    const CancelFlag * cancel;
    const std::function<void(float)> * report;
};

bool on_progress(float fraction, void * user) {
    const auto * progress = static_cast<const Progress *>(user);
    if (*progress->report) {
        (*progress->report)(fraction);
    }
    return !progress->cancel->cancelled();
}

std::string metadata_string(const llama_model * model, const char * key) {
    const int length = llama_model_meta_val_str(model, key, nullptr, 0);
    if (length < 0) {
        return {};
    }
    std::string value(static_cast<size_t>(length) + 1, '\0');
    llama_model_meta_val_str(model, key, value.data(), value.size());
    value.resize(static_cast<size_t>(length));
    return value;
}

// Models that only draft for another one: alone they decode nothing.
bool is_draft(const std::string & architecture) {
    static const std::set<std::string> drafts = {"eagle3", "dflash", "gemma4-assistant"};
    return drafts.contains(architecture);
}

} // namespace

std::shared_ptr<Model> Model::load(const ModelOptions & options, const CancelFlagPtr & cancel,
                                   const std::function<void(float)> & progress) {
    LogCapture log;
    auto devices = backend_gpu_devices(options.gpu);
    const bool on_gpu = !devices.empty() && options.gpu_layers != 0;

    llama_model_params params = llama_model_default_params();
    Progress state{cancel.get(), &progress};
    params.progress_callback = on_progress;
    params.progress_callback_user_data = &state;
    params.load_mode = options.use_mmap ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
    params.n_gpu_layers = 0;
    if (on_gpu) {
        backend_prepare(devices);
        params.n_gpu_layers =
            options.gpu_layers >= 0 ? options.gpu_layers : gpu_layers_that_fit(options.path, devices);
    }
    if (params.n_gpu_layers == 0) {
        devices.clear();
    }
    devices.push_back(nullptr);
    params.devices = devices.data();

    std::shared_ptr<Model> model(new Model());
    try {
        model->model_.reset(llama_model_load_from_file(options.path.c_str(), params));
    } catch (const std::exception & error) {
        throw Error("MODEL_LOAD_FAILED", "Expected a GGUF model in " + options.path + " but " + error.what());
    }
    cancel->throw_if_cancelled();
    if (!model->model_) {
        throw Error("MODEL_LOAD_FAILED",
                    "Expected a GGUF model that llama.cpp can load in " + options.path + ": " + log.reason());
    }
    model->vocab_ = llama_model_get_vocab(model->get());
    model->read_facts();
    auto & facts = model->facts_;
    facts.gpu_layers = params.n_gpu_layers < 0 ? facts.n_layer + 1 : params.n_gpu_layers;
    facts.backend = "cpu";
    if (params.n_gpu_layers != 0 && devices[0] != nullptr) {
        facts.backend = backend_of(devices[0]);
    }
    if (llama_vocab_type(model->vocab_) == LLAMA_VOCAB_TYPE_NONE || facts.n_vocab <= 0) {
        throw Error("MODEL_LOAD_FAILED", "Expected a language model with a vocabulary in " + options.path);
    }
    if (llama_model_has_encoder(model->get()) || !llama_model_has_decoder(model->get()) ||
        llama_model_is_recurrent(model->get()) || llama_model_is_hybrid(model->get()) ||
        llama_model_is_diffusion(model->get()) || is_draft(facts.architecture)) {
        throw Error("MODEL_LOAD_FAILED", "Expected a decoder-only transformer in " + options.path +
                                             " but received architecture " + facts.architecture);
    }
    if (model->pre_tokenizer_ == "whitespace") {
        // Of an encoder; llama.cpp aborts on spaces.
        throw Error("MODEL_LOAD_FAILED", "Expected another tokenizer than \"whitespace\" in " + options.path);
    }
    model->read_tokens();
    return model;
}

void Model::read_tokens() {
    table_.offsets.push_back(0);
    for (llama_token token = 0; token < facts_.n_vocab; ++token) {
        const auto bytes = piece(token, true);
        table_.bytes.insert(table_.bytes.end(), bytes.begin(), bytes.end());
        table_.offsets.push_back(static_cast<int32_t>(table_.bytes.size()));
        table_.flags.push_back(static_cast<uint8_t>((is_eog(token) ? 1 : 0) | (is_control(token) ? 2 : 0)));
    }
}

void Model::read_facts() {
    const auto * model = get();
    facts_.architecture = metadata_string(model, "general.architecture");
    facts_.name = metadata_string(model, "general.name");
    pre_tokenizer_ = metadata_string(model, "tokenizer.ggml.pre");
    facts_.quantization = llama_ftype_name(llama_model_ftype(model));
    if (const char * chat = llama_model_chat_template(model, nullptr)) {
        facts_.chat_template = chat;
    }
    facts_.n_embd = llama_model_n_embd(model);
    facts_.n_vocab = llama_vocab_n_tokens(vocab_);
    facts_.n_layer = llama_model_n_layer(model);
    facts_.n_ctx_train = llama_model_n_ctx_train(model);
    facts_.n_params = llama_model_n_params(model);
    facts_.size = llama_model_size(model);
    facts_.bos = llama_vocab_bos(vocab_);
    facts_.eos = llama_vocab_eos(vocab_);
    facts_.eot = llama_vocab_eot(vocab_);
    facts_.adds_bos = llama_vocab_get_add_bos(vocab_);
    facts_.adds_eos = llama_vocab_get_add_eos(vocab_);
    for (int i = 0; i < llama_model_meta_count(model); ++i) {
        char key[256];
        if (llama_model_meta_key_by_index(model, i, key, sizeof(key)) < 0) {
            continue;
        }
        auto value = metadata_string(model, key);
        if (value.size() <= MAX_METADATA_LENGTH) {
            facts_.metadata.emplace(key, std::move(value));
        }
    }
}

std::vector<llama_token> Model::tokenize(std::string_view text, bool add_special, bool parse_special) const {
    // Of some byte-pair tokenizers the words are found by std::regex, which calls itself for every character
    // of one.
    constexpr size_t SHORT_RUN = 4000;
    constexpr size_t STACK_PER_CHARACTER = 640; // 344 were seen
    constexpr size_t STACK = 4 * 1024 * 1024;
    // "superbpe" looks at the rest of a number at each of its digits.
    constexpr size_t MAX_SLOW_DIGITS = 5000;
    if (text.size() > INT32_MAX / 2) {
        throw Error("INVALID_ARGUMENT", "Expected a text of less than a gigabyte");
    }
    if (pre_tokenizer_ == "superbpe" && longest_digit_run(text) > MAX_SLOW_DIGITS) {
        throw Error("INVALID_ARGUMENT", "Expected numbers of at most " + std::to_string(MAX_SLOW_DIGITS) +
                                            " digits for this model's tokenizer");
    }
    const size_t run =
        llama_vocab_type(vocab_) == LLAMA_VOCAB_TYPE_BPE ? longest_run(text) : static_cast<size_t>(0);
    if (run <= SHORT_RUN) {
        return tokenize_here(text, add_special, parse_special);
    }
    std::vector<llama_token> tokens;
    run_on_stack(STACK + run * STACK_PER_CHARACTER,
                 [&] { tokens = tokenize_here(text, add_special, parse_special); });
    return tokens;
}

std::vector<llama_token> Model::tokenize_here(std::string_view text, bool add_special,
                                              bool parse_special) const {
    const auto length = static_cast<int32_t>(text.size());
    std::vector<llama_token> tokens(text.size() + 2);
    int n = llama_tokenize(vocab_, text.data(), length, tokens.data(), static_cast<int32_t>(tokens.size()),
                           add_special, parse_special);
    if (n < 0 && n != INT32_MIN) {
        tokens.resize(static_cast<size_t>(-n));
        n = llama_tokenize(vocab_, text.data(), length, tokens.data(), static_cast<int32_t>(tokens.size()),
                           add_special, parse_special);
    }
    if (n < 0) {
        throw Error("INVALID_ARGUMENT", "Expected a text that the tokenizer can encode");
    }
    tokens.resize(static_cast<size_t>(n));
    return tokens;
}

std::string Model::piece(llama_token token, bool special) const {
    char buffer[256];
    int n = llama_token_to_piece(vocab_, token, buffer, sizeof(buffer), 0, special);
    if (n >= 0) {
        return {buffer, static_cast<size_t>(n)};
    }
    std::string bytes(static_cast<size_t>(-n), '\0');
    n = llama_token_to_piece(vocab_, token, bytes.data(), static_cast<int32_t>(bytes.size()), 0, special);
    bytes.resize(static_cast<size_t>(std::max(0, n)));
    return bytes;
}

std::shared_ptr<ThreadPool> Model::thread_pool(int n_threads) const {
    const std::lock_guard lock(pools_mutex_);
    auto pool = pools_[n_threads].lock();
    if (!pool) {
        pool = std::make_shared<ThreadPool>(n_threads);
        pools_[n_threads] = pool;
    }
    return pool;
}

std::string Model::apply_chat_template(const std::vector<std::pair<std::string, std::string>> & messages,
                                       bool add_assistant) const {
    std::vector<llama_chat_message> chat;
    size_t length = 0;
    for (const auto & [role, content] : messages) {
        chat.push_back({role.c_str(), content.c_str()});
        length += role.size() + content.size();
    }
    const char * chat_template = facts_.chat_template ? facts_.chat_template->c_str() : nullptr;
    if (chat_template == nullptr) {
        throw Error("INVALID_ARGUMENT", "Expected a model with a chat template but this model has none");
    }
    std::string text(2 * length + 256, '\0');
    int n = llama_chat_apply_template(chat_template, chat.data(), chat.size(), add_assistant, text.data(),
                                      static_cast<int32_t>(text.size()));
    if (n > static_cast<int>(text.size())) {
        text.resize(static_cast<size_t>(n));
        n = llama_chat_apply_template(chat_template, chat.data(), chat.size(), add_assistant, text.data(),
                                      static_cast<int32_t>(text.size()));
    }
    if (n < 0) {
        throw Error("INVALID_ARGUMENT", "Expected a chat template of a kind that llama.cpp knows");
    }
    text.resize(static_cast<size_t>(n));
    return text;
}

} // namespace toolken
