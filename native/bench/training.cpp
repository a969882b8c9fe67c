// Training's forward pass beside llama.cpp's prefill of the same texts, and the device's memory bandwidth,
// which limits both and every decoding step.
#include "core/backend.h"
#include "core/features.h"
#include "loop.h"

#include "ggml-backend.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace toolken::bench {

namespace {

constexpr int BATCH = 512;
constexpr int MAX_SEQUENCES = 64;

// Texts of 40 to 80 tokens, as word problems are.
std::vector<std::vector<llama_token>> sample_texts(const Model & model, int count) {
    std::vector<std::vector<llama_token>> texts;
    for (int i = 0; i < count; ++i) {
        const auto morning = std::to_string(17 * i + 23), afternoon = std::to_string(31 * i + 48),
                   both = std::to_string(48 * i + 71);
        texts.push_back(model.tokenize("Q: A shop sold " + morning + " pens in the morning and " + afternoon +
                                           " pens in the afternoon of day " + std::to_string(i) +
                                           ". How many pens did the shop sell on that day, and is it more "
                                           "than before?\nA: The shop sold " +
                                           morning + "+" + afternoon + "=" + both +
                                           " pens. So, the answer is " + both + ".",
                                       model.facts().adds_bos, false));
    }
    return texts;
}

double total(const std::vector<std::vector<llama_token>> & texts) {
    return std::accumulate(texts.begin(), texts.end(), 0.0, [](double sum, const auto & text) {
        return sum + static_cast<double>(text.size());
    });
}

// The texts n times, several to a batch, with every token's logits.
class Prefill final : public Loop {
  public:
    Prefill(ModelPtr model, const Settings & settings)
        : model_(std::move(model)), texts_(sample_texts(*model_, settings.number("texts", 40))) {
        llama_context_params params = llama_context_default_params();
        params.n_ctx = 2 * BATCH;
        params.n_batch = params.n_ubatch = BATCH;
        params.n_seq_max = MAX_SEQUENCES;
        params.kv_unified = true;
        const int threads = settings.number("threads", 0);
        params.n_threads = threads > 0 ? threads : backend_physical_cores();
        params.n_threads_batch = params.n_threads;
        params.no_perf = true;
        context_.reset(llama_init_from_model(model_->get(), params));
        if (!context_) {
            throw Error("CONTEXT_CREATE_FAILED", "Expected room for llama.cpp's context");
        }
        threads_ = model_->thread_pool(params.n_threads);
        threads_->attach(context_.get());
        batch_ = llama_batch_init(BATCH, 0, 1);
    }

    ~Prefill() override {
        llama_batch_free(batch_);
        llama_detach_threadpool(context_.get());
    }
    Prefill(const Prefill &) = delete;
    Prefill & operator=(const Prefill &) = delete;

    Turn turn(int n) override {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < n; ++i) {
            pass();
        }
        return {seconds_since(start), n * total(texts_), {}};
    }

  private:
    struct Free {
        void operator()(llama_context * context) const { llama_free(context); }
    };

    void pass() {
        batch_.n_tokens = 0;
        llama_seq_id sequence = 0;
        for (const auto & text : texts_) {
            if (batch_.n_tokens + static_cast<int32_t>(text.size()) > BATCH || sequence == MAX_SEQUENCES) {
                decode();
                sequence = 0;
            }
            for (size_t i = 0; i < text.size(); ++i) {
                const int32_t at = batch_.n_tokens++;
                batch_.token[at] = text[i];
                batch_.pos[at] = static_cast<llama_pos>(i);
                batch_.n_seq_id[at] = 1;
                batch_.seq_id[at][0] = sequence;
                batch_.logits[at] = 1;
            }
            ++sequence;
        }
        decode();
    }

    void decode() {
        llama_memory_clear(llama_get_memory(context_.get()), false);
        if (llama_decode(context_.get(), batch_) != 0) {
            throw Error("DECODE_FAILED", "Expected llama.cpp to decode the texts but it did not");
        }
        llama_synchronize(context_.get());
        batch_.n_tokens = 0;
    }

    ModelPtr model_;
    std::vector<std::vector<llama_token>> texts_;
    std::shared_ptr<ThreadPool> threads_;
    std::unique_ptr<llama_context, Free> context_;
    llama_batch batch_{};
};

// The same texts through the feature pass of training, file included. Setting `from` (percent): steps before
// this share of each text are not asked for, as those of a question are.
class FeaturesLoop final : public Loop {
  public:
    FeaturesLoop(ModelPtr model, const Settings & settings) : model_(std::move(model)) {
        const auto texts = sample_texts(*model_, settings.number("texts", 40));
        const auto from = static_cast<size_t>(settings.number("from", 0));
        tokens_ = total(texts);
        input_.offsets.push_back(0);
        for (const auto & text : texts) {
            for (size_t i = 0; i < text.size(); ++i) {
                const bool wanted = 100 * i >= from * text.size();
                input_.tokens.push_back(text[i]);
                input_.targets.push_back(wanted ? text[(i + 1) % text.size()] : -1);
            }
            input_.offsets.push_back(static_cast<int64_t>(input_.tokens.size()));
        }
        input_.metadata = "{}";
        input_.n_batch = BATCH;
        input_.n_threads = settings.number("threads", 0);
        input_.path = settings.text(
            "path", (std::filesystem::temp_directory_path() / "toolken-core-features.safetensors").string());
    }
    ~FeaturesLoop() override {
        std::error_code ignored;
        std::filesystem::remove(input_.path, ignored);
    }
    FeaturesLoop(const FeaturesLoop &) = delete;
    FeaturesLoop & operator=(const FeaturesLoop &) = delete;

    Turn turn(int n) override {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < n; ++i) {
            features_extract(model_, input_, std::make_shared<CancelFlag>(), [](int64_t, int64_t) {});
        }
        return {seconds_since(start), n * tokens_, {}};
    }

  private:
    ModelPtr model_;
    FeatureInput input_;
    double tokens_ = 0;
};

// Bytes per second that a matrix-vector product in F16 reads: what bounds a decoding step from above.
class Bandwidth final : public Loop {
  public:
    Bandwidth(const ModelPtr & model, const Settings & settings) {
        const auto & facts = model->facts();
        auto * device = facts.gpu_layers > 0 ? backend_gpu_devices(facts.backend).front()
                                             : ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
        backend_.reset(ggml_backend_dev_init(device, nullptr));
        const int threads = settings.number("threads", 0);
        auto * set_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(ggml_backend_reg_get_proc_address(
            ggml_backend_dev_backend_reg(device), "ggml_backend_set_n_threads"));
        if (set_threads != nullptr) {
            set_threads(backend_.get(), threads > 0 ? threads : backend_physical_cores());
        }
        const int64_t rows = settings.number("rows", 32768);
        context_.reset(ggml_init({16 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true}));
        auto * matrix = ggml_new_tensor_2d(context_.get(), GGML_TYPE_F16, COLUMNS, rows);
        auto * vector = ggml_new_tensor_1d(context_.get(), GGML_TYPE_F32, COLUMNS);
        graph_ = ggml_new_graph(context_.get());
        ggml_build_forward_expand(graph_, ggml_mul_mat(context_.get(), matrix, vector));
        buffer_.reset(ggml_backend_alloc_ctx_tensors(context_.get(), backend_.get()));
        if (!buffer_) {
            throw Error("DECODE_FAILED", "Expected room for a matrix on the device");
        }
        ggml_backend_buffer_clear(buffer_.get(), 0);
        bytes_ = static_cast<double>(ggml_nbytes(matrix));
    }

    Turn turn(int n) override {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < n; ++i) {
            ggml_backend_graph_compute(backend_.get(), graph_);
        }
        ggml_backend_synchronize(backend_.get());
        return {seconds_since(start), n * bytes_, {}};
    }

  private:
    static constexpr int64_t COLUMNS = 4096;
    struct Free {
        void operator()(ggml_backend * backend) const { ggml_backend_free(backend); }
        void operator()(ggml_context * context) const { ggml_free(context); }
        void operator()(ggml_backend_buffer * buffer) const { ggml_backend_buffer_free(buffer); }
    };

    std::unique_ptr<ggml_backend, Free> backend_;
    std::unique_ptr<ggml_context, Free> context_;
    std::unique_ptr<ggml_backend_buffer, Free> buffer_;
    ggml_cgraph * graph_ = nullptr;
    double bytes_ = 0;
};

} // namespace

std::unique_ptr<Loop> make_prefill_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<Prefill>(model, settings);
}

std::unique_ptr<Loop> make_features_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<FeaturesLoop>(model, settings);
}

std::unique_ptr<Loop> make_bandwidth_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<Bandwidth>(model, settings);
}

} // namespace toolken::bench
