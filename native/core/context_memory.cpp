// Context: the cells of its sequences.
#include "context.h"

#include "log_capture.h"

namespace toolken {

namespace {

std::string number(int64_t value) {
    return std::to_string(value);
}

} // namespace

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

} // namespace toolken
