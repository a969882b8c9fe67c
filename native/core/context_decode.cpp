// Context: a decode and its outputs, in as many parts as reading them in place needs.
#include "context.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace toolken {

namespace {

// A model or head with damaged weights says nothing about what comes next.
void check_finite(const Candidates & candidates) {
    const auto is_nan = [](float p) { return std::isnan(p); };
    if (std::any_of(candidates.probs.begin(), candidates.probs.end(), is_nan)) {
        throw Error("DECODE_FAILED", "Expected finite logits but the model gave NaN or Infinity");
    }
}

} // namespace

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

// The same again, one sequence after the other: each has one output, at its last token.
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

} // namespace toolken
