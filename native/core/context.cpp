#include "context.h"

#include "cpus.h"
#include "log_capture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace toolken {

namespace {

constexpr int MAX_TOKENS_PER_GRAPH = 512;
constexpr int MOST_SEQUENCES = 256; // llama.cpp's LLAMA_MAX_SEQ

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

// A model or head with damaged weights says nothing about what comes next.
void check_finite(const Candidates & candidates) {
    const auto is_nan = [](float p) { return std::isnan(p); };
    if (std::any_of(candidates.probs.begin(), candidates.probs.end(), is_nan)) {
        throw Error("DECODE_FAILED", "Expected finite logits but the model gave NaN or Infinity");
    }
}

} // namespace

Context::Context(ModelPtr model, const ContextOptions & options)
    : model_(std::move(model)), options_(options),
      threads_(model_->thread_pool(cpus_for(options.n_threads))) {
    if (options_.n_sequences < 1 || options_.n_sequences > MOST_SEQUENCES) {
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
        status = llama_decode(context_.get(), native);
    } catch (const std::exception & error) {
        status = -3;
        thrown = error.what();
    }
    llama_synchronize(context_.get());
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

std::vector<Output> Context::decode(const Batch & batch, const std::vector<OutputRequest> & requests,
                                    const CancelFlagPtr & cancel) {
    check_batch(batch, requests);
    follow_heads();
    std::vector<Output> outputs(requests.size());
    std::map<llama_seq_id, llama_pos> before;
    for (const auto sequence : batch.sequences) {
        before.try_emplace(sequence, length(sequence));
    }
    const auto parts = parts_of(batch, requests);
    try {
        for (const auto & part : parts) {
            decode_part(batch, requests, part, outputs, cancel);
        }
    } catch (const Error &) {
        for (const auto & [sequence, position] : before) {
            llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, position, -1);
        }
        throw;
    }
    return outputs;
}

bool Context::is_chosen_in_place(llama_seq_id sequence) const {
    const auto head = heads_.find(sequence);
    return head != heads_.end() && head->second.in_graph && head->second.sampler->shared->chooses_on_host;
}

// llama.cpp computes a batch of sequences with cells of their own in several graphs, unless their numbers
// follow each other and they have as many tokens each. What is read in place must be in the last of them.
std::vector<std::vector<size_t>> Context::parts_of(const Batch & batch,
                                                   const std::vector<OutputRequest> & requests) const {
    std::vector<size_t> all(batch.tokens.size());
    std::iota(all.begin(), all.end(), size_t{0});
    const bool in_place = std::any_of(requests.begin(), requests.end(), [&](const auto & request) {
        return is_chosen_in_place(batch.sequences[static_cast<size_t>(request.index)]);
    });
    if (!in_place || options_.kv_unified) {
        return {all};
    }
    std::map<llama_seq_id, std::vector<size_t>> of_sequence;
    for (const auto i : all) {
        of_sequence[batch.sequences[i]].push_back(i);
    }
    std::vector<std::vector<size_t>> parts;
    llama_seq_id previous = -2;
    size_t count = 0;
    for (const auto & [sequence, tokens] : of_sequence) {
        if (sequence != previous + 1 || tokens.size() != count) {
            parts.emplace_back();
        }
        parts.back().insert(parts.back().end(), tokens.begin(), tokens.end());
        previous = sequence;
        count = tokens.size();
    }
    for (auto & part : parts) {
        std::sort(part.begin(), part.end());
    }
    return parts;
}

void Context::decode_part(const Batch & batch, const std::vector<OutputRequest> & requests,
                          const std::vector<size_t> & part, std::vector<Output> & outputs,
                          const CancelFlagPtr & cancel) {
    Batch own;
    std::vector<OutputRequest> own_requests;
    std::vector<size_t> rows; // of own_requests among the requests
    size_t next = 0;
    for (const auto i : part) {
        while (next < requests.size() && static_cast<size_t>(requests[next].index) < i) {
            ++next;
        }
        if (next < requests.size() && static_cast<size_t>(requests[next].index) == i) {
            own_requests.push_back(requests[next]);
            own_requests.back().index = static_cast<int>(own.tokens.size());
            rows.push_back(next);
        }
        own.tokens.push_back(batch.tokens[i]);
        own.positions.push_back(batch.positions[i]);
        own.sequences.push_back(batch.sequences[i]);
    }
    decode_rows(own, own_requests, cancel);
    for (const auto & request : own_requests) {
        const auto sequence = own.sequences[static_cast<size_t>(request.index)];
        if (!is_chosen_in_place(sequence)) {
            continue;
        }
        const auto & shared = *heads_.at(sequence).sampler->shared;
        if (shared.graph != nullptr && shared.logits->ne[1] == static_cast<int64_t>(own_requests.size())) {
            break; // the last graph had all outputs
        }
        decode_by_sequence(own, own_requests, rows, outputs, cancel);
        return;
    }
    for (size_t row = 0; row < own_requests.size(); ++row) {
        const auto sequence = own.sequences[static_cast<size_t>(own_requests[row].index)];
        outputs[rows[row]] = read_output(own_requests[row], sequence, static_cast<int>(row));
    }
}

// The same again, one sequence after the other: each has one output, behind its last token.
void Context::decode_by_sequence(const Batch & batch, const std::vector<OutputRequest> & requests,
                                 const std::vector<size_t> & rows, std::vector<Output> & outputs,
                                 const CancelFlagPtr & cancel) {
    std::map<llama_seq_id, std::vector<size_t>> of_sequence;
    for (size_t i = 0; i < batch.tokens.size(); ++i) {
        of_sequence[batch.sequences[i]].push_back(i);
    }
    if (of_sequence.size() < 2) {
        throw Error("DECODE_FAILED", "Expected the last graph of a decode to have its outputs");
    }
    for (const auto & [sequence, tokens] : of_sequence) {
        roll_back(sequence, batch.positions[tokens.front()]);
    }
    std::vector<Output> own(requests.size());
    for (const auto & entry : of_sequence) {
        decode_part(batch, requests, entry.second, own, cancel);
    }
    for (size_t row = 0; row < own.size(); ++row) {
        outputs[rows[row]] = std::move(own[row]);
    }
}

// A head that has more rows than its graph multiplies is attached anew.
void Context::follow_heads() {
    std::map<const HeadGraph *, std::shared_ptr<HeadGraph>> grown;
    std::vector<std::unique_ptr<HeadSampler>> replaced; // until the end: llama.cpp tells samplers by address
    for (auto & [sequence, attached] : heads_) {
        if (!attached.in_graph || head_sampler_follow(*attached.sampler)) {
            continue;
        }
        auto & old = *attached.sampler->shared;
        auto & shared = grown[&old];
        if (!shared) {
            shared = head_graph_create(old.head, old.top_tokens, attached.top_tools, old.separate);
        }
        auto sampler = head_sampler_create(shared);
        if (!llama_set_sampler(context_.get(), sequence, sampler->chain.get()) || !sampler->in_graph) {
            throw Error("CONTEXT_CREATE_FAILED", "Expected room for the rows of a head that has grown");
        }
        head_sampler_set_bias(*sampler, attached.sampler->bias);
        replaced.push_back(std::move(attached.sampler));
        attached.sampler = std::move(sampler);
    }
}

Output Context::read_output(const OutputRequest & request, llama_seq_id sequence, int row) {
    const int n_vocab = model_->facts().n_vocab;
    const int n_embd = model_->facts().n_embd;
    Output output;
    const float * h = nullptr;
    if (capture_hidden_states_) {
        h = hidden_states_.data() + static_cast<size_t>(row) * static_cast<size_t>(n_embd);
    }
    if (request.hidden_state) {
        output.hidden_state.assign(h, h + n_embd);
    }
    const auto head = heads_.find(sequence);
    if (head != heads_.end() && head->second.in_graph) {
        if (!head->second.sampler->shared->has_hidden_states) {
            throw Error("DECODE_FAILED",
                        "Expected the hidden state result_norm in the graph of architecture " +
                            model_->facts().architecture + " but found none");
        }
        output.candidates =
            candidates_from_graph(context_.get(), request.index, n_vocab, *head->second.sampler);
        check_finite(output.candidates);
        return output;
    }
    if (request.top <= 0 && !request.logits) {
        return output;
    }
    const float * logits = logits_row(request.index);
    if (request.logits) {
        output.logits.assign(logits, logits + n_vocab);
    }
    if (request.top <= 0) {
        return output;
    }
    if (request.grammar) {
        output.candidates = candidates_under_grammar(logits, n_vocab, *request.grammar, request.top);
    } else if (head == heads_.end()) {
        output.candidates = candidates_on_host(logits, n_vocab, nullptr, 0, request.top, 0);
    } else {
        const auto & sampler = *head->second.sampler;
        std::vector<float> tools(static_cast<size_t>(sampler.head().count()));
        sampler.head().logits(h, tools.data());
        for (size_t k = 0; k < tools.size(); ++k) {
            tools[k] += sampler.bias[k];
        }
        output.candidates = candidates_on_host(logits, n_vocab, tools.data(), static_cast<int>(tools.size()),
                                               sampler.shared->top_tokens, sampler.shared->top_tools);
    }
    return output;
}

const float * Context::logits_row(int32_t index) const {
    const float * logits = llama_get_logits_ith(context_.get(), index);
    if (logits == nullptr) {
        throw Error("DECODE_FAILED", "Expected logits of an asked-for position but llama.cpp gave none");
    }
    return logits;
}

std::vector<float> Context::take_hidden_states() {
    return std::move(hidden_states_);
}

void Context::roll_back(llama_seq_id sequence, llama_pos position) {
    check_sequence(sequence, "a roll back");
    if (position < 0) {
        throw Error("INVALID_ARGUMENT", "Expected a position of at least 0 but received " + number(position));
    }
    if (!llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, position, -1)) {
        throw Error("DECODE_FAILED", "Expected the model's memory to forget positions from " +
                                         number(position) + " on, but it can't");
    }
}

void Context::share_prefix(llama_seq_id from, llama_seq_id to, llama_pos length_wanted) {
    check_sequence(from, "a shared prefix");
    check_sequence(to, "a shared prefix");
    if (length_wanted < 0 || length_wanted > length(from) || from == to) {
        throw Error("INVALID_ARGUMENT", "Expected at most " + number(length(from)) +
                                            " positions of another sequence to share but received " +
                                            number(length_wanted));
    }
    auto * memory = llama_get_memory(context_.get());
    llama_memory_seq_rm(memory, to, -1, -1);
    if (length_wanted == 0) {
        return;
    }
    if (!options_.kv_unified && llama_model_n_swa(model_->get()) > 0) {
        // A saved state leaves out what the sequence's end no longer sees: in a window that ends earlier it
        // would be missing.
        llama_memory_seq_cp(memory, from, to, -1, -1);
        roll_back(to, length_wanted);
        awaited_copies_.insert({from, to});
    } else if (!options_.kv_unified) {
        paste_state(copy_state(from), to);
        roll_back(to, length_wanted);
    } else {
        llama_memory_seq_cp(memory, from, to, 0, length_wanted);
    }
}

void Context::check_copied(llama_seq_id sequence) const {
    if (awaited_copies_.contains(sequence)) {
        throw Error("INVALID_ARGUMENT", "Expected a decode between sharing sequence " + number(sequence) +
                                            " and saving or restoring it");
    }
}

int Context::save_state(llama_seq_id sequence) {
    check_sequence(sequence, "a saved state");
    check_copied(sequence);
    states_[next_state_] = copy_state(sequence);
    return next_state_++;
}

void Context::restore_state(int state, llama_seq_id sequence) {
    check_sequence(sequence, "a restored state");
    check_copied(sequence);
    const auto saved = states_.find(state);
    if (saved == states_.end()) {
        throw Error("INVALID_ARGUMENT", "Expected a saved state but received " + number(state));
    }
    paste_state(saved->second, sequence);
}

void Context::forget_state(int state) {
    states_.erase(state);
}

std::vector<uint8_t> Context::copy_state(llama_seq_id sequence) const {
    std::vector<uint8_t> state(llama_state_seq_get_size(context_.get(), sequence));
    state.resize(llama_state_seq_get_data(context_.get(), state.data(), state.size(), sequence));
    if (state.empty()) {
        throw Error("DECODE_FAILED",
                    "Expected llama.cpp to copy sequence " + number(sequence) + " but it gave nothing");
    }
    return state;
}

void Context::paste_state(const std::vector<uint8_t> & state, llama_seq_id sequence) {
    const LogCapture log;
    llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, -1, -1);
    if (llama_state_seq_set_data(context_.get(), state.data(), state.size(), sequence) == 0) {
        throw Error("CONTEXT_FULL", "Expected room for a saved sequence in a context of " +
                                        number(options_.n_ctx) + " tokens: " + log.reason());
    }
}

void Context::clear() {
    llama_memory_clear(llama_get_memory(context_.get()), false);
    awaited_copies_.clear();
}

llama_pos Context::length(llama_seq_id sequence) const {
    check_sequence(sequence, "a length");
    return llama_memory_seq_pos_max(llama_get_memory(context_.get()), sequence) + 1;
}

bool Context::attach_head(const HeadPtr & head, const std::vector<llama_seq_id> & sequences, int top_tokens,
                          int top_tools, bool in_graph) {
    if (head->dimension() != model_->facts().n_embd) {
        throw Error("MODEL_MISMATCH", "Expected a head of dimension " + number(model_->facts().n_embd) +
                                          " but received one of dimension " + number(head->dimension()));
    }
    if (top_tokens < 1 || top_tools < 1 ||
        top_tokens > model_->facts().n_vocab - std::min(top_tools, head->capacity())) {
        throw Error("INVALID_ARGUMENT", "Expected fewer candidates than the vocabulary has tokens");
    }
    for (const auto sequence : sequences) {
        check_sequence(sequence, "a head");
    }
    // All sequences or none: what they had stays until all have theirs.
    std::map<llama_seq_id, AttachedHead> made;
    bool all_in_graph = in_graph;
    const auto shared = head_graph_create(head, top_tokens, top_tools, options_.batch_invariant);
    try {
        for (const auto sequence : sequences) {
            auto & attached = made[sequence];
            attached.sampler = head_sampler_create(shared);
            attached.top_tools = top_tools;
            attached.in_graph = set_sampler(sequence, in_graph ? &attached : nullptr);
            all_in_graph = all_in_graph && attached.in_graph;
            if (!attached.in_graph && !options_.hidden_states) {
                throw Error("BACKEND_UNAVAILABLE", "Expected a context with hidden states for a head on the "
                                                   "host but it was created without");
            }
        }
    } catch (...) {
        for (const auto & entry : made) {
            put_back(entry.first);
        }
        throw;
    }
    for (auto & [sequence, attached] : made) {
        heads_[sequence] = std::move(attached);
    }
    return all_in_graph;
}

// What a sequence had before another head was tried on it. llama.cpp initialises a sampler once: it gets a
// new one.
void Context::put_back(llama_seq_id sequence) {
    const auto had = heads_.find(sequence);
    if (had == heads_.end() || !had->second.in_graph) {
        set_sampler(sequence, nullptr);
        return;
    }
    auto & attached = had->second;
    auto sampler = head_sampler_create(attached.sampler->shared);
    sampler->bias = attached.sampler->bias;
    attached.sampler.swap(sampler);
    attached.in_graph = set_sampler(sequence, &attached);
}

// Whether the head is in the sequence's graph now. Without one, or when it is not, no head is.
bool Context::set_sampler(llama_seq_id sequence, const AttachedHead * attached) {
    const bool in_graph = attached != nullptr &&
                          llama_set_sampler(context_.get(), sequence, attached->sampler->chain.get()) &&
                          attached->sampler->in_graph;
    if (!in_graph) {
        llama_set_sampler(context_.get(), sequence, nullptr);
    }
    return in_graph;
}

void Context::detach_head(llama_seq_id sequence) {
    const auto head = heads_.find(sequence);
    if (head == heads_.end()) {
        return;
    }
    if (head->second.in_graph) {
        llama_set_sampler(context_.get(), sequence, nullptr);
    }
    heads_.erase(head);
}

void Context::set_bias(llama_seq_id sequence, const std::vector<float> & bias) {
    const auto head = heads_.find(sequence);
    if (head == heads_.end()) {
        throw Error("INVALID_ARGUMENT", "Expected a sequence with a head but received " + number(sequence));
    }
    auto & sampler = *head->second.sampler;
    if (bias.size() != static_cast<size_t>(sampler.head().count())) {
        throw Error("INVALID_ARGUMENT", "Expected a bias for each of " + number(sampler.head().count()) +
                                            " tools but received " +
                                            number(static_cast<int64_t>(bias.size())));
    }
    if (std::any_of(bias.begin(), bias.end(),
                    [](float b) { return std::isnan(b) || (std::isinf(b) && b > 0); })) {
        throw Error("INVALID_ARGUMENT", "Expected a bias below Infinity but received NaN or Infinity");
    }
    head_sampler_set_bias(sampler, bias);
}

} // namespace toolken
