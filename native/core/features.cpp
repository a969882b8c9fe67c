#include "features.h"

#include "backend.h"
#include "candidates.h"
#include "context.h"
#include "feature_file.h"
#include "softmax_kernels.h"
#include "worker_pool.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>

namespace toolken {

namespace {

constexpr int MAX_TEXTS_PER_BATCH = 63;          // sequences beside the prefix's
constexpr int64_t MAX_LOGITS = 96 * 1024 * 1024; // floats per decode: 384 MiB

constexpr int32_t NOT_WANTED = -1;

// A text that is being decoded: its sequence, and how far it has come.
struct Open {
    int64_t text;
    llama_seq_id sequence;
    int64_t next;
    int64_t end; // after the last wanted step
};

struct Step {
    int64_t text;
    int32_t position;
    int32_t target;
};

class FeaturePass {
  public:
    FeaturePass(const ModelPtr & model, const FeatureInput & input, const CancelFlagPtr & cancel)
        : model_(model), input_(input), cancel_(cancel), n_vocab_(model->facts().n_vocab),
          n_embd_(model->facts().n_embd), context_(model, options(*model, input)),
          workers_(context_.options().n_threads) {
        for (llama_seq_id s = MAX_TEXTS_PER_BATCH; s > 0; --s) {
            free_.push_back(s);
        }
    }

    FeatureCounts run(FeatureFile & file, const std::function<void(int64_t, int64_t)> & progress) {
        decode_prefix();
        const auto n_texts = static_cast<int64_t>(input_.offsets.size()) - 1;
        while (next_text_ < n_texts || !open_.empty()) {
            fill_batch(n_texts);
            if (!batch_.tokens.empty()) {
                decode_batch(file);
            }
            progress(next_text_ - static_cast<int64_t>(open_.size()), n_texts);
        }
        counts_.texts = n_texts;
        return counts_;
    }

  private:
    static ContextOptions options(const Model & model, const FeatureInput & input) {
        int64_t longest = 0;
        for (size_t t = 0; t + 1 < input.offsets.size(); ++t) {
            longest = std::max(longest, input.offsets[t + 1] - input.offsets[t]);
        }
        ContextOptions options;
        options.n_batch = std::max(1, input.n_batch);
        options.n_sequences = MAX_TEXTS_PER_BATCH + 1;
        options.n_batch = std::max(options.n_batch, options.n_sequences);
        options.n_outputs = static_cast<int>(
            std::clamp<int64_t>(MAX_LOGITS / model.facts().n_vocab, options.n_sequences, options.n_batch));
        options.n_ctx =
            static_cast<int>(static_cast<int64_t>(input.prefix.size()) + longest + 2 * options.n_batch);
        options.n_threads = input.n_threads;
        options.hidden_states = true;
        return options;
    }

    void decode_prefix() {
        const auto n_batch = static_cast<size_t>(context_.options().n_batch);
        for (size_t from = 0; from < input_.prefix.size(); from += n_batch) {
            const size_t to = std::min(input_.prefix.size(), from + n_batch);
            Batch batch;
            for (size_t i = from; i < to; ++i) {
                batch.tokens.push_back(input_.prefix[i]);
                batch.positions.push_back(static_cast<llama_pos>(i));
                batch.sequences.push_back(0);
            }
            context_.decode(batch, {}, cancel_);
            counts_.decoded_tokens += static_cast<int64_t>(to - from);
        }
    }

    // Opens the next text, cut after its last wanted step: what follows predicts nothing that training uses.
    bool open_text(int64_t n_texts) {
        while (next_text_ < n_texts) {
            const auto text = next_text_;
            const auto begin = input_.offsets[static_cast<size_t>(text)];
            auto end = input_.offsets[static_cast<size_t>(text) + 1];
            while (end > begin && input_.targets[static_cast<size_t>(end) - 1] == NOT_WANTED) {
                --end;
            }
            if (end > begin && free_.empty()) {
                return false;
            }
            ++next_text_;
            if (end > begin) {
                const auto sequence = free_.back();
                free_.pop_back();
                context_.share_prefix(0, sequence, static_cast<llama_pos>(input_.prefix.size()));
                open_.push_back({text, sequence, begin, end});
                return true;
            }
        }
        return false;
    }

    void fill_batch(int64_t n_texts) {
        batch_ = {};
        requests_.clear();
        steps_.clear();
        const auto n_batch = static_cast<size_t>(context_.options().n_batch);
        const auto n_outputs = static_cast<size_t>(context_.options().n_outputs);
        for (size_t o = 0; batch_.tokens.size() < n_batch && requests_.size() < n_outputs; ++o) {
            if (o == open_.size() && !open_text(n_texts)) {
                return;
            }
            auto & open = open_[o];
            const auto begin = input_.offsets[static_cast<size_t>(open.text)];
            while (open.next < open.end && batch_.tokens.size() < n_batch && requests_.size() < n_outputs) {
                const auto at = static_cast<size_t>(open.next);
                const auto position = static_cast<int32_t>(open.next - begin);
                if (input_.targets[at] != NOT_WANTED) {
                    OutputRequest request;
                    request.index = static_cast<int>(batch_.tokens.size());
                    request.hidden_state = true;
                    requests_.push_back(request);
                    steps_.push_back({open.text, position, input_.targets[at]});
                }
                batch_.tokens.push_back(input_.tokens[at]);
                batch_.positions.push_back(static_cast<llama_pos>(input_.prefix.size()) + position);
                batch_.sequences.push_back(open.sequence);
                ++open.next;
            }
        }
    }

    void decode_batch(FeatureFile & file) {
        context_.decode_rows(batch_, requests_, cancel_);
        counts_.decoded_tokens += static_cast<int64_t>(batch_.tokens.size());
        const auto n = steps_.size();
        if (n > 0) {
            FeatureFile::Rows rows;
            rows.h = context_.take_hidden_states();
            rows.lse.resize(n);
            rows.target_logit.resize(n);
            rows.best_logit.resize(n);
            const auto top = static_cast<size_t>(input_.top_tokens);
            rows.top_token.resize(n * top);
            rows.top_logit.resize(n * top);
            rows.entropy.resize(top > 0 ? n : 0);
            for (const auto & step : steps_) {
                rows.target.push_back(step.target);
                rows.text.push_back(static_cast<int32_t>(step.text));
                rows.position.push_back(step.position);
            }
            summarise_vocabulary(rows);
            file.append(rows);
            counts_.steps += static_cast<int64_t>(n);
        }
        for (const auto & open : open_) {
            if (open.next == open.end) {
                context_.roll_back(open.sequence, 0);
                free_.push_back(open.sequence);
            }
        }
        std::erase_if(open_, [](const Open & open) { return open.next == open.end; });
    }

    void keep_top(FeatureFile::Rows & rows, size_t i, const float * logits) const {
        const auto best = candidates_on_host(logits, n_vocab_, nullptr, 0, input_.top_tokens, 0);
        const auto top = static_cast<size_t>(input_.top_tokens);
        for (size_t m = 0; m < top; ++m) {
            // Logits of -infinity are no outcomes, and leave room.
            const bool is_there = m < best.ids.size();
            rows.top_token[i * top + m] = is_there ? best.ids[m] : -1;
            rows.top_logit[i * top + m] = is_there ? best.logits[m] : -std::numeric_limits<float>::infinity();
        }
        rows.entropy[i] = static_cast<float>(entropy_of(logits, n_vocab_));
    }

    // Row i of the logits (V) becomes a few numbers; the rows are shared among the threads.
    void summarise_vocabulary(FeatureFile::Rows & rows) {
        // llama.cpp gives a row out to one thread at a time.
        std::vector<const float *> logits;
        for (const auto & request : requests_) {
            logits.push_back(context_.logits_row(request.index));
        }
        std::mutex mutex;
        std::exception_ptr failure;
        workers_.run(rows.lse.size(), [&](size_t i, int) {
            try {
                rows.lse[i] = static_cast<float>(log_sum_exp(logits[i], n_vocab_));
                if (!std::isfinite(rows.lse[i])) {
                    throw Error("DECODE_FAILED", "Expected finite logits but the model gave NaN or Infinity");
                }
                rows.best_logit[i] = max_of(logits[i], n_vocab_);
                rows.target_logit[i] = rows.target[i] >= 0 ? logits[i][rows.target[i]] : 0.0F;
                if (input_.top_tokens > 0) {
                    keep_top(rows, i, logits[i]);
                }
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

    ModelPtr model_;
    const FeatureInput & input_;
    CancelFlagPtr cancel_;
    int n_vocab_;
    int n_embd_;
    Context context_;
    WorkerPool workers_;
    std::vector<llama_seq_id> free_;
    std::vector<Open> open_;
    int64_t next_text_ = 0;
    Batch batch_;
    std::vector<OutputRequest> requests_;
    std::vector<Step> steps_;
    FeatureCounts counts_;
};

void check(const ModelPtr & model, const FeatureInput & input) {
    if (input.offsets.size() < 2 || input.offsets.front() != 0 ||
        input.offsets.back() != static_cast<int64_t>(input.tokens.size()) ||
        !std::is_sorted(input.offsets.begin(), input.offsets.end()) ||
        input.targets.size() != input.tokens.size()) {
        throw Error("INVALID_ARGUMENT",
                    "Expected ascending text offsets that cover all tokens and their targets");
    }
    const int n_vocab = model->facts().n_vocab;
    if (std::any_of(input.targets.begin(), input.targets.end(), [&](int32_t t) { return t >= n_vocab; })) {
        throw Error("INVALID_ARGUMENT", "Expected targets within the vocabulary");
    }
    if (input.top_tokens < 0 || input.top_tokens > n_vocab) {
        throw Error("INVALID_ARGUMENT", "Expected a number of top tokens within the vocabulary");
    }
}

} // namespace

FeatureCounts features_extract(const ModelPtr & model, const FeatureInput & input,
                               const CancelFlagPtr & cancel,
                               const std::function<void(int64_t, int64_t)> & progress) {
    check(model, input);
    const auto wanted = std::count_if(input.targets.begin(), input.targets.end(),
                                      [](int32_t target) { return target != NOT_WANTED; });
    FeatureFile file(input.path, wanted, model->facts().n_embd, input.top_tokens, input.metadata);
    FeaturePass pass(model, input, cancel);
    const auto counts = pass.run(file, progress);
    file.finish();
    return counts;
}

} // namespace toolken
