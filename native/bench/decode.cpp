// Greedy decoding side by side: llama.cpp's own loop with its sampler, and this project's context with and
// without a head. Both decode one token of every sequence per step.
#include "core/backend.h"
#include "core/context.h"
#include "loop.h"

#include <algorithm>
#include <numeric>

namespace toolken::bench {

namespace {

// Steps that fit after the prompts before a loop starts again.
int steps_of(const Settings & settings) {
    return std::max(1, settings.number("steps", 192));
}

class Greedy : public Loop {
  public:
    Greedy(ModelPtr model, const Settings & settings)
        : model_(std::move(model)), n_(settings.number("sequences", 1)), steps_(steps_of(settings)),
          prompts_(read_prompts(*model_, settings, n_)), next_(static_cast<size_t>(n_)),
          position_(static_cast<size_t>(n_)) {}

    Turn begin() final {
        forget();
        const auto start = std::chrono::steady_clock::now();
        prefill();
        done_ = 0;
        for (size_t s = 0; s < prompts_.size(); ++s) {
            position_[s] = static_cast<llama_pos>(prompts_[s].size());
        }
        return {seconds_since(start), static_cast<double>(prompt_tokens()), {}};
    }

    Turn turn(int n) final {
        if (done_ < 0 || done_ + n > steps_) {
            begin();
        }
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < n; ++i) {
            step();
        }
        done_ += n;
        return {seconds_since(start), static_cast<double>(n) * n_, {}};
    }

  protected:
    virtual void forget() = 0;
    virtual void prefill() = 0;
    virtual void step() = 0;

    int64_t prompt_tokens() const {
        return std::accumulate(
            prompts_.begin(), prompts_.end(), int64_t{0},
            [](int64_t sum, const auto & prompt) { return sum + static_cast<int64_t>(prompt.size()); });
    }
    int longest_prompt() const {
        size_t longest = 0;
        for (const auto & prompt : prompts_) {
            longest = std::max(longest, prompt.size());
        }
        return static_cast<int>(longest);
    }

    ModelPtr model_;
    int n_;     // sequences
    int steps_; // that fit after the prompts
    std::vector<std::vector<llama_token>> prompts_;
    std::vector<llama_token> next_;   // (n)
    std::vector<llama_pos> position_; // (n)

  private:
    int done_ = -1; // steps since the prompts; -1: not begun
};

// llama.cpp as its examples use it: its own batches, its greedy sampler on the host, a stream of KV cells per
// sequence (`unified=1`: one pool, as this project's context has).
class LlamaGreedy final : public Greedy {
  public:
    LlamaGreedy(const ModelPtr & model, const Settings & settings) : Greedy(model, settings) {
        llama_context_params params = llama_context_default_params();
        params.n_ctx = static_cast<uint32_t>((longest_prompt() + steps_) * n_);
        params.n_batch = static_cast<uint32_t>(std::max<int64_t>(512, prompt_tokens()));
        params.n_seq_max = static_cast<uint32_t>(n_);
        params.kv_unified = settings.number("unified", 0) != 0;
        const int threads = settings.number("threads", 0);
        params.n_threads = threads > 0 ? threads : backend_physical_cores();
        params.n_threads_batch = params.n_threads;
        params.no_perf = true;
        context_.reset(llama_init_from_model(model->get(), params));
        if (!context_) {
            throw Error("CONTEXT_CREATE_FAILED", "Expected room for llama.cpp's context");
        }
        threads_ = model->thread_pool(params.n_threads);
        threads_->attach(context_.get());
        sampler_.reset(llama_sampler_init_greedy());
        batch_ = llama_batch_init(static_cast<int32_t>(params.n_batch), 0, 1);
    }

    ~LlamaGreedy() override {
        llama_batch_free(batch_);
        llama_detach_threadpool(context_.get());
    }
    LlamaGreedy(const LlamaGreedy &) = delete;
    LlamaGreedy & operator=(const LlamaGreedy &) = delete;

  private:
    struct Free {
        void operator()(llama_context * context) const { llama_free(context); }
        void operator()(llama_sampler * sampler) const { llama_sampler_free(sampler); }
    };

    void forget() override { llama_memory_clear(llama_get_memory(context_.get()), false); }

    void prefill() override {
        batch_.n_tokens = 0;
        std::vector<int32_t> last;
        for (int s = 0; s < n_; ++s) {
            const auto & prompt = prompts_[static_cast<size_t>(s)];
            for (size_t i = 0; i < prompt.size(); ++i) {
                add(prompt[i], static_cast<llama_pos>(i), s, i + 1 == prompt.size());
            }
            last.push_back(batch_.n_tokens - 1);
        }
        decode(last);
    }

    void step() override {
        batch_.n_tokens = 0;
        std::vector<int32_t> rows;
        for (int s = 0; s < n_; ++s) {
            const auto at = static_cast<size_t>(s);
            add(next_[at], position_[at]++, s, true);
            rows.push_back(s);
        }
        decode(rows);
    }

    void add(llama_token token, llama_pos position, llama_seq_id sequence, bool output) {
        const int32_t i = batch_.n_tokens++;
        batch_.token[i] = token;
        batch_.pos[i] = position;
        batch_.n_seq_id[i] = 1;
        batch_.seq_id[i][0] = sequence;
        batch_.logits[i] = output ? 1 : 0;
    }

    void decode(const std::vector<int32_t> & rows) {
        if (llama_decode(context_.get(), batch_) != 0) {
            throw Error("DECODE_FAILED", "Expected llama.cpp to decode " + std::to_string(batch_.n_tokens) +
                                             " tokens but it did not");
        }
        for (size_t s = 0; s < rows.size(); ++s) {
            next_[s] = llama_sampler_sample(sampler_.get(), context_.get(), rows[s]);
        }
    }

    std::shared_ptr<ThreadPool> threads_;
    std::unique_ptr<llama_context, Free> context_;
    std::unique_ptr<llama_sampler, Free> sampler_;
    llama_batch batch_{};
};

constexpr int TOP_TOKENS = 64;
constexpr int TOP_TOOLS = 8;

// This project's context; settings: tools (0: no head), type, host=1 (the head's dot product on the host).
class ToolkenGreedy final : public Greedy {
  public:
    ToolkenGreedy(const ModelPtr & model, const Settings & settings) : Greedy(model, settings) {
        const int tools = settings.number("tools", 0);
        const bool on_host = settings.number("host", 0) != 0;
        ContextOptions options;
        options.n_ctx = (longest_prompt() + steps_) * n_;
        options.n_batch = static_cast<int>(std::max<int64_t>(512, prompt_tokens()));
        options.n_sequences = n_;
        options.n_threads = settings.number("threads", 0);
        options.hidden_states = on_host;
        context_ = std::make_unique<Context>(model, options);
        if (tools == 0) {
            return;
        }
        std::vector<llama_seq_id> all(static_cast<size_t>(n_));
        std::iota(all.begin(), all.end(), 0);
        const auto head = random_head(model->facts().n_embd, tools, settings.text("type", "f32"));
        const bool in_graph = context_->attach_head(head, all, TOP_TOKENS, TOP_TOOLS, !on_host);
        if (in_graph == on_host) {
            throw Error("BACKEND_UNAVAILABLE", "Expected the device to take the head into its graph");
        }
        for (const auto s : all) {
            context_->set_bias(s, std::vector<float>(static_cast<size_t>(tools), BIAS));
        }
    }

  private:
    void forget() override { context_->clear(); }

    void prefill() override {
        Batch batch;
        std::vector<OutputRequest> requests;
        for (int s = 0; s < n_; ++s) {
            const auto & prompt = prompts_[static_cast<size_t>(s)];
            for (size_t i = 0; i < prompt.size(); ++i) {
                add(batch, prompt[i], static_cast<llama_pos>(i), s);
            }
            ask(requests, batch.tokens.size() - 1);
        }
        decode(batch, requests);
    }

    void step() override {
        Batch batch;
        std::vector<OutputRequest> requests;
        for (int s = 0; s < n_; ++s) {
            const auto at = static_cast<size_t>(s);
            add(batch, next_[at], position_[at]++, s);
            ask(requests, at);
        }
        decode(batch, requests);
    }

    static void add(Batch & batch, llama_token token, llama_pos position, llama_seq_id sequence) {
        batch.tokens.push_back(token);
        batch.positions.push_back(position);
        batch.sequences.push_back(sequence);
    }

    static void ask(std::vector<OutputRequest> & requests, size_t index) {
        OutputRequest request;
        request.index = static_cast<int>(index);
        request.top = TOP_TOKENS;
        requests.push_back(request);
    }

    void decode(const Batch & batch, const std::vector<OutputRequest> & requests) {
        const auto outputs = context_->decode(batch, requests, cancel_);
        for (size_t s = 0; s < outputs.size(); ++s) {
            next_[s] = outputs[s].candidates.ids[0];
        }
    }

    std::unique_ptr<Context> context_;
    CancelFlagPtr cancel_ = std::make_shared<CancelFlag>();
};

} // namespace

std::unique_ptr<Loop> make_llama_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<LlamaGreedy>(model, settings);
}

std::unique_ptr<Loop> make_toolken_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<ToolkenGreedy>(model, settings);
}

} // namespace toolken::bench
