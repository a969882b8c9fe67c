#include "model.h"

#include "backend.h"
#include "log_capture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace toolken {

namespace {

constexpr size_t LONGEST_METADATA = 4096;
// Left free on the device for the KV cache and the compute buffers when layers are counted automatically.
constexpr double DEVICE_RESERVE = 0.8;

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

// All layers when the file fits into the devices' free memory, else the share that does.
int automatic_layers(const std::string & path, const std::vector<ggml_backend_dev_t> & devices) {
    size_t available = 0;
    for (auto * device : devices) {
        size_t free = 0;
        size_t total = 0;
        ggml_backend_dev_memory(device, &free, &total);
        available += free;
    }
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error || static_cast<double>(size) <= DEVICE_RESERVE * static_cast<double>(available)) {
        return -1;
    }
    // The number of layers is unknown before loading: 128 covers what exists, llama.cpp caps it.
    const double share = DEVICE_RESERVE * static_cast<double>(available) / static_cast<double>(size);
    llama_model_params probe = llama_model_default_params();
    probe.vocab_only = true;
    const std::unique_ptr<llama_model, void (*)(llama_model *)> model(
        llama_model_load_from_file(path.c_str(), probe), [](llama_model * m) {
            if (m != nullptr) {
                llama_model_free(m);
            }
        });
    const int layers = model ? llama_model_n_layer(model.get()) : 0;
    return std::max(0, static_cast<int>(std::floor(share * layers)));
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
            options.gpu_layers >= 0 ? options.gpu_layers : automatic_layers(options.path, devices);
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
    if (params.n_gpu_layers != 0) {
        for (const auto & device : backend_devices()) {
            if (devices[0] != nullptr && device.name == ggml_backend_dev_name(devices[0])) {
                facts.backend = device.backend;
            }
        }
    }
    if (llama_vocab_type(model->vocab_) == LLAMA_VOCAB_TYPE_NONE || facts.n_vocab <= 0) {
        throw Error("MODEL_LOAD_FAILED", "Expected a language model with a vocabulary in " + options.path);
    }
    if (llama_model_has_encoder(model->get()) || !llama_model_has_decoder(model->get()) ||
        llama_model_is_recurrent(model->get()) || llama_model_is_hybrid(model->get()) ||
        llama_model_is_diffusion(model->get())) {
        throw Error("MODEL_LOAD_FAILED", "Expected a decoder-only transformer in " + options.path +
                                             " but received architecture " + facts.architecture);
    }
    return model;
}

void Model::read_facts() {
    const auto * model = get();
    facts_.architecture = metadata_string(model, "general.architecture");
    facts_.name = metadata_string(model, "general.name");
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
        if (value.size() <= LONGEST_METADATA) {
            facts_.metadata.emplace(key, std::move(value));
        }
    }
}

std::vector<llama_token> Model::tokenize(std::string_view text, bool add_special, bool parse_special) const {
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
