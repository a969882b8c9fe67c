// Context: checking a batch and running it.
#include "context.h"

#include "log_capture.h"

#include <algorithm>
#include <bit>
#include <chrono>

namespace toolken {

namespace {

// Larger batches are prompts: their threads wait for each other rarely.
constexpr int MAX_STEP_TOKENS = 32;

std::string number(int64_t value) {
    return std::to_string(value);
}

struct OwnedBatch {
    explicit OwnedBatch(int32_t n) : batch(llama_batch_init(n, 0, 1)) {}
    ~OwnedBatch() { llama_batch_free(batch); }
    OwnedBatch(const OwnedBatch &) = delete;
    OwnedBatch & operator=(const OwnedBatch &) = delete;
    llama_batch batch;
};

} // namespace

void Context::check_sequence(llama_seq_id sequence, const char * name) const {
    if (sequence < 0 || sequence >= options_.n_sequences) {
        throw Error("INVALID_ARGUMENT", std::string("Expected a sequence from 0 to ") +
                                            number(options_.n_sequences - 1) + " for " + name +
                                            " but received " + number(sequence));
    }
}

void Context::check_batch(const Batch & batch, const std::vector<OutputRequest> & requests) const {
    const auto n = batch.tokens.size();
    if (n == 0 || n > static_cast<size_t>(options_.n_batch)) {
        throw Error("INVALID_ARGUMENT", "Expected 1 to " + number(options_.n_batch) +
                                            " tokens in a batch but received " +
                                            number(static_cast<int64_t>(n)));
    }
    if (batch.positions.size() != n || batch.sequences.size() != n) {
        throw Error("INVALID_ARGUMENT", "Expected as many positions and sequences as tokens in a batch");
    }
    std::map<llama_seq_id, llama_pos> next;
    for (size_t i = 0; i < n; ++i) {
        if (batch.tokens[i] < 0 || batch.tokens[i] >= model_->facts().n_vocab) {
            throw Error("INVALID_ARGUMENT", "Expected a token from 0 to " +
                                                number(model_->facts().n_vocab - 1) + " but received " +
                                                number(batch.tokens[i]));
        }
        check_sequence(batch.sequences[i], "a batch");
        const auto [entry, first] = next.try_emplace(batch.sequences[i], 0);
        if (first) {
            entry->second = length(batch.sequences[i]);
        }
        if (batch.positions[i] != entry->second) {
            throw Error("INVALID_ARGUMENT", "Expected position " + number(entry->second) +
                                                " next in sequence " + number(batch.sequences[i]) +
                                                " but received " + number(batch.positions[i]));
        }
        ++entry->second;
    }
    if (requests.size() > static_cast<size_t>(options_.n_outputs)) {
        throw Error("INVALID_ARGUMENT", "Expected at most " + number(options_.n_outputs) +
                                            " outputs of a decode but received " +
                                            number(static_cast<int64_t>(requests.size())));
    }
    bool has_hidden_states = false;
    int previous = -1;
    std::map<llama_seq_id, int> outputs;
    for (const auto & request : requests) {
        if (request.index <= previous || static_cast<size_t>(request.index) >= n) {
            throw Error("INVALID_ARGUMENT", "Expected ascending output indices into the batch but received " +
                                                number(request.index));
        }
        previous = request.index;
        const auto sequence = batch.sequences[static_cast<size_t>(request.index)];
        const auto head = heads_.find(sequence);
        const bool in_graph = head != heads_.end() && head->second.in_graph;
        if (in_graph && (++outputs[sequence] > 1 || request.logits || request.grammar)) {
            throw Error("INVALID_ARGUMENT",
                        "Expected one output without raw logits or grammar per decode for "
                        "sequence " +
                            number(sequence) + ", which has its head in the graph");
        }
        const bool wants_hidden_state = request.hidden_state || (head != heads_.end() && !in_graph);
        if (wants_hidden_state && !options_.hidden_states) {
            throw Error("INVALID_ARGUMENT",
                        "Expected a context with hidden states for this output but it was created without");
        }
        has_hidden_states |= wants_hidden_state;
    }
    // llama.cpp computes sequences with cells of their own in an order of its own, and puts only logits back.
    const bool in_order = next.size() == 1 || (next.size() == n && std::is_sorted(batch.sequences.begin(),
                                                                                  batch.sequences.end()));
    if (has_hidden_states && !options_.kv_unified && !in_order) {
        throw Error("INVALID_ARGUMENT",
                    "Expected one sequence, or one token of each in ascending order, in a "
                    "batch with hidden states of sequences that share no cells");
    }
}

// Returns llama_decode's status, when everything is computed.
int Context::run_batch(const llama_batch & batch) {
    const bool is_step = batch.n_tokens <= MAX_STEP_TOKENS && model_->facts().gpu_layers == 0;
    AdaptiveThreads * adaptive = nullptr;
    int threads = options_.n_threads;
    if (is_step) {
        const int size = std::bit_width(static_cast<uint32_t>(batch.n_tokens - 1));
        adaptive = &step_threads_.try_emplace(size, options_.n_threads).first->second;
        threads = adaptive->threads();
    }
    llama_set_n_threads(context_.get(), threads, threads);
    const auto start = std::chrono::steady_clock::now();
    const int status = llama_decode(context_.get(), batch);
    llama_synchronize(context_.get());
    if (adaptive != nullptr && status == 0) {
        adaptive->took(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return status;
}

void Context::decode_rows(const Batch & batch, const std::vector<OutputRequest> & requests,
                          const CancelFlagPtr & cancel) {
    check_batch(batch, requests);
    cancel->throw_if_cancelled();
    const auto n = static_cast<int32_t>(batch.tokens.size());
    OwnedBatch owned(n);
    auto & native = owned.batch;
    native.n_tokens = n;
    for (int32_t i = 0; i < n; ++i) {
        const auto at = static_cast<size_t>(i);
        native.token[i] = batch.tokens[at];
        native.pos[i] = batch.positions[at];
        native.n_seq_id[i] = 1;
        native.seq_id[i][0] = batch.sequences[at];
        native.logits[i] = 0;
    }
    capture_hidden_states_ = false;
    for (const auto & request : requests) {
        native.logits[request.index] = 1;
        const auto head = heads_.find(batch.sequences[static_cast<size_t>(request.index)]);
        capture_hidden_states_ |= request.hidden_state || (head != heads_.end() && !head->second.in_graph);
    }
    hidden_states_.clear();

    std::map<llama_seq_id, llama_pos> before;
    for (const auto sequence : batch.sequences) {
        before.try_emplace(sequence, length(sequence));
    }
    // Copies between sequences come first in a decode.
    awaited_copies_.clear();
    LogCapture log;
    cancel_ = cancel;
    int status = 0;
    std::string thrown;
    try {
        status = run_batch(native);
    } catch (const std::exception & error) {
        status = -3;
        thrown = error.what();
        llama_synchronize(context_.get());
    }
    cancel_.reset();
    if (status != 0) {
        // Whatever part of the batch was processed is taken back, so that the caller can go on.
        for (const auto & [sequence, position] : before) {
            llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, position, -1);
        }
    }
    switch (status) {
    case 0:
        break;
    case 1:
        throw Error("CONTEXT_FULL", "Expected room for " + number(n) + " more tokens in a context of " +
                                        number(options_.n_ctx));
    case 2:
        throw Error("ABORTED", "The operation was aborted");
    default:
        throw Error("DECODE_FAILED", "Expected llama.cpp to decode " + number(n) +
                                         " tokens but it returned " + number(status) + ": " +
                                         (thrown.empty() ? log.reason() : thrown));
    }
    if (capture_hidden_states_ &&
        hidden_states_.size() != requests.size() * static_cast<size_t>(model_->facts().n_embd)) {
        throw Error("DECODE_FAILED", "Expected the hidden state result_norm in the graph of architecture " +
                                         model_->facts().architecture + " but found none");
    }
}

} // namespace toolken
