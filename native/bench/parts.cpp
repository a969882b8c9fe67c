// A decoding step taken apart: preparing the graph, computing it, copying its outputs, choosing from them.
//
// llama.cpp asks the evaluation callback about every node before it computes; a "yes" to the last node alone
// leaves the graph in one piece and marks the moment between computing and copying.
#include "core/backend.h"
#include "core/candidates.h"
#include "core/head_sampler.h"
#include "loop.h"

#include <algorithm>

namespace toolken::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int TOP_TOKENS = 64;
constexpr int TOP_TOOLS = 8;
constexpr int STEPS = 192;

class PartsLoop final : public Loop {
  public:
    PartsLoop(ModelPtr model, const Settings & settings)
        : model_(std::move(model)), prompt_(read_prompts(*model_, settings, 1).front()) {
        llama_context_params params = llama_context_default_params();
        params.n_ctx = static_cast<uint32_t>(prompt_.size() + STEPS);
        params.n_batch = 512;
        params.n_outputs_max = 1;
        params.n_outputs_max_per_seq = 1;
        const int threads = settings.number("threads", 0);
        params.n_threads = threads > 0 ? threads : backend_physical_cores();
        params.n_threads_batch = params.n_threads;
        params.no_perf = true;
        params.cb_eval = on_node;
        params.cb_eval_user_data = this;
        context_.reset(llama_init_from_model(model_->get(), params));
        if (!context_) {
            throw Error("CONTEXT_CREATE_FAILED", "Expected room for llama.cpp's context");
        }
        threads_ = model_->thread_pool(params.n_threads);
        threads_->attach(context_.get());
        if (const int tools = settings.number("tools", 0); tools > 0) {
            const auto head = random_head(model_->facts().n_embd, tools, settings.text("type", "f32"));
            sampler_ = head_sampler_create(head_graph_create(head, TOP_TOKENS, TOP_TOOLS, false));
            if (!llama_set_sampler(context_.get(), 0, sampler_->chain.get()) || !sampler_->in_graph) {
                throw Error("BACKEND_UNAVAILABLE", "Expected the device to take the head into its graph");
            }
            head_sampler_set_bias(*sampler_, std::vector<float>(static_cast<size_t>(tools), BIAS));
        }
    }

    ~PartsLoop() override {
        if (sampler_) {
            llama_set_sampler(context_.get(), 0, nullptr);
        }
        llama_detach_threadpool(context_.get());
    }
    PartsLoop(const PartsLoop &) = delete;
    PartsLoop & operator=(const PartsLoop &) = delete;

    Turn turn(int n) override {
        if (position_ == 0 || position_ + n > static_cast<int>(prompt_.size()) + STEPS) {
            start_again();
        }
        prepare_ = graph_ = transfer_ = choice_ = 0;
        const auto start = Clock::now();
        for (int i = 0; i < n; ++i) {
            step(llama_batch_get_one(&next_, 1), 0);
        }
        return {seconds_since(start),
                static_cast<double>(n),
                {{"prepare", prepare_}, {"graph", graph_}, {"transfer", transfer_}, {"choice", choice_}}};
    }

  private:
    struct Free {
        void operator()(llama_context * context) const { llama_free(context); }
    };

    static bool on_node(ggml_tensor *, bool ask, void * user) {
        auto & self = *static_cast<PartsLoop *>(user);
        if (!ask) {
            self.computed_ = Clock::now();
            return true;
        }
        if (self.asked_++ == 0) {
            self.prepared_ = Clock::now();
        }
        return self.asked_ == self.nodes_;
    }

    void start_again() {
        llama_memory_clear(llama_get_memory(context_.get()), false);
        position_ = 0;
        nodes_ = 0;
        step(llama_batch_get_one(prompt_.data(), static_cast<int32_t>(prompt_.size())),
             static_cast<int32_t>(prompt_.size()) - 1);
        // A step of one token, to count its nodes; the count holds for those that follow.
        step(llama_batch_get_one(&next_, 1), 0);
        nodes_ = asked_;
    }

    void step(llama_batch batch, int32_t row) {
        asked_ = 0;
        const auto start = Clock::now();
        prepared_ = computed_ = start;
        if (llama_decode(context_.get(), batch) != 0) {
            throw Error("DECODE_FAILED", "Expected llama.cpp to decode a token but it did not");
        }
        llama_synchronize(context_.get());
        const auto copied = Clock::now();
        const int n_vocab = model_->facts().n_vocab;
        const auto candidates = sampler_ ? candidates_from_graph(context_.get(), row, n_vocab, *sampler_)
                                         : candidates_on_host(llama_get_logits_ith(context_.get(), row),
                                                              n_vocab, nullptr, 0, TOP_TOKENS, 0);
        next_ = candidates.ids[0];
        const auto chosen = Clock::now();
        const auto seconds = [](auto from, auto to) {
            return std::chrono::duration<double>(to - from).count();
        };
        prepare_ += seconds(start, prepared_);
        graph_ += seconds(prepared_, computed_);
        transfer_ += seconds(computed_, copied);
        choice_ += seconds(copied, chosen);
        position_ += batch.n_tokens;
    }

    ModelPtr model_;
    std::vector<llama_token> prompt_;
    std::shared_ptr<ThreadPool> threads_;
    std::unique_ptr<HeadSampler> sampler_; // outlives the context's graph
    std::unique_ptr<llama_context, Free> context_;
    llama_token next_ = 0;
    int position_ = 0;
    int asked_ = 0; // nodes that llama.cpp has asked about in this step
    int nodes_ = 0; // in a step of one token; 0: not counted yet
    Clock::time_point prepared_, computed_;
    double prepare_ = 0, graph_ = 0, transfer_ = 0, choice_ = 0; // seconds
};

} // namespace

std::unique_ptr<Loop> make_parts_loop(const ModelPtr & model, const Settings & settings) {
    return std::make_unique<PartsLoop>(model, settings);
}

} // namespace toolken::bench
