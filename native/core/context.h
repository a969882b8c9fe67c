// A llama.cpp context with several sequences: decoding in batches, positions, prefix sharing, heads in the
// graph, and what each asked-for position gives back. Not thread-safe: one operation at a time.
#pragma once

#include "adaptive_threads.h"
#include "cancel.h"
#include "candidates.h"
#include "head.h"
#include "head_sampler.h"
#include "model.h"
#include "threads.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace toolken {

struct ContextOptions {
    int n_ctx = 4096;           // KV cells of all sequences together
    int n_batch = 512;          // tokens per decode
    int n_sequences = 1;        // 1…256
    int n_outputs = 0;          // asked-for positions per decode; 0: n_sequences
    int n_threads = 0;          // 0: physical cores; steps of few tokens may take fewer (adaptive_threads.h)
    bool hidden_states = false; // last hidden states can be asked for
    bool offload_kv = true;
    // One pool of cells for all sequences, in which a shared prefix costs its cells once. Otherwise each has
    // n_ctx / n_sequences cells of its own, and attention does not read past those of the others.
    bool kv_unified = true;
    // What is computed for a sequence does not depend on the others. It has cells of its own (kv_unified is
    // false), in which its positions stand in order: in cells that all share, a sum over positions is taken
    // in the order in which cells became free. And on a CPU values are kept in BF16, for which attention has
    // one path; for F16 it has one for a single token in a long context, one for a few, one for 64 and more.
    bool batch_invariant = false;
};

// What to give back for one position of a batch.
struct OutputRequest {
    int index = 0; // into the batch
    int top = 0;   // candidates wanted on the host path; ignored with a head in the graph
    std::shared_ptr<const Grammar> grammar; // only accepted tokens become candidates
    bool hidden_state = false;              // h (d)
    bool logits = false;                    // (V), not with a head in the graph
    bool ahead = false; // its best token will most likely be decoded next (ahead.h); Context ignores it
};

struct Output {
    Candidates candidates;
    std::vector<float> hidden_state;
    std::vector<float> logits;
};

struct Batch {
    std::vector<llama_token> tokens;
    std::vector<llama_pos> positions;
    std::vector<llama_seq_id> sequences;
};

class Context {
  public:
    // Throws CONTEXT_CREATE_FAILED.
    Context(ModelPtr model, const ContextOptions & options);
    ~Context();
    Context(const Context &) = delete;
    Context & operator=(const Context &) = delete;

    const ContextOptions & options() const noexcept { return options_; }
    const ModelPtr & model() const noexcept { return model_; }
    llama_context * get() const noexcept { return context_.get(); }

    // Decodes the batch and returns an output per request, in order.
    // Throws INVALID_ARGUMENT, CONTEXT_FULL (the context is as before), DECODE_FAILED, ABORTED.
    std::vector<Output> decode(const Batch & batch, const std::vector<OutputRequest> & requests,
                               const CancelFlagPtr & cancel);

    // The same without reading anything back: for the feature pass, which reads rows in place.
    void decode_rows(const Batch & batch, const std::vector<OutputRequest> & requests,
                     const CancelFlagPtr & cancel);
    // Logits (V) of batch index i of the last decode, valid until the next one.
    const float * logits_row(int32_t index) const;
    // Hidden states (outputs, d) of the last decode.
    std::vector<float> take_hidden_states();

    // Positions p ≥ position of the sequence are forgotten.
    void roll_back(llama_seq_id sequence, llama_pos position);
    // Positions 0…length-1 of `from` become the content of `to`, without computing them; between sequences
    // with cells of their own they are copied, those of a model with sliding windows by the next decode:
    // until then neither can be saved or restored.
    void share_prefix(llama_seq_id from, llama_seq_id to, llama_pos length);
    // Keeps a copy of a sequence's positions outside the KV cells until it is forgotten; returns its number.
    int save_state(llama_seq_id sequence);
    // A saved copy becomes the content of a sequence. Throws CONTEXT_FULL (the sequence is then empty).
    void restore_state(int state, llama_seq_id sequence);
    void forget_state(int state);
    void clear();
    // Number of positions that a sequence holds.
    llama_pos length(llama_seq_id sequence) const;

    // Puts a head on sequences: in the graph when the device takes it and `in_graph`, else on the host.
    // All sequences get it, or none and what they had stays. Returns whether it is in the graph. top_tokens
    // and top_tools: outcomes returned per step.
    bool attach_head(const HeadPtr & head, const std::vector<llama_seq_id> & sequences, int top_tokens,
                     int top_tools, bool in_graph);
    void detach_head(llama_seq_id sequence);
    // bias (K): added to the tools' logits of this sequence from the next decode on.
    void set_bias(llama_seq_id sequence, const std::vector<float> & bias);

  private:
    struct Free {
        void operator()(llama_context * context) const { llama_free(context); }
    };
    struct AttachedHead {
        std::unique_ptr<HeadSampler> sampler;
        int top_tools = 0; // as asked for; a head may have fewer rows
        bool in_graph = false;
    };

    void check_sequence(llama_seq_id sequence, const char * name) const;
    void check_copied(llama_seq_id sequence) const;
    std::vector<uint8_t> copy_state(llama_seq_id sequence) const;
    void paste_state(const std::vector<uint8_t> & state, llama_seq_id sequence);
    void check_batch(const Batch & batch, const std::vector<OutputRequest> & requests) const;
    void put_back(llama_seq_id sequence);
    bool set_sampler(llama_seq_id sequence, const AttachedHead * attached);
    bool is_chosen_in_place(llama_seq_id sequence) const;
    std::vector<std::vector<size_t>> parts_of(const Batch & batch,
                                              const std::vector<OutputRequest> & requests) const;
    void decode_part(const Batch & batch, const std::vector<OutputRequest> & requests,
                     const std::vector<size_t> & part, std::vector<Output> & outputs,
                     const CancelFlagPtr & cancel);
    void decode_by_sequence(const Batch & batch, const std::vector<OutputRequest> & requests,
                            const std::vector<size_t> & rows, std::vector<Output> & outputs,
                            const CancelFlagPtr & cancel);
    void follow_heads();
    int run_batch(const llama_batch & batch);
    Output read_output(const OutputRequest & request, llama_seq_id sequence, int row);
    static bool on_evaluate(ggml_tensor * tensor, bool ask, void * user);
    static bool on_abort(void * user);

    ModelPtr model_;
    ContextOptions options_;
    std::shared_ptr<ThreadPool> threads_; // outlives the context that computes on it
    std::unique_ptr<llama_context, Free> context_;
    std::map<llama_seq_id, AttachedHead> heads_;
    std::map<int, AdaptiveThreads> step_threads_; // by the order of magnitude of the batch
    std::map<int, std::vector<uint8_t>> states_;
    int next_state_ = 0;
    std::set<llama_seq_id> awaited_copies_; // between cells of their own, made by the next decode
    std::vector<float> hidden_states_;      // (outputs, d) of the running decode
    bool capture_hidden_states_ = false;
    CancelFlagPtr cancel_;
};

} // namespace toolken
