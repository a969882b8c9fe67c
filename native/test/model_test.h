// Tests of the core on a real model, without Node, so that sanitizers see it. The model's path is in
// TOOLKEN_TEST_MODEL, the folder of ggml's backends in TOOLKEN_TEST_BACKENDS; without them a test is skipped.
#pragma once

#include "check.h"
#include "core/backend.h"
#include "core/context.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace toolken {

inline void check_error(const char * code, const char * what, const std::function<void()> & call) {
    try {
        call();
        check(false, what);
    } catch (const Error & error) {
        check(error.code() == code, what);
    }
}

inline Batch batch_of(const std::vector<llama_token> & tokens, llama_seq_id sequence, llama_pos from) {
    Batch batch;
    for (const auto token : tokens) {
        batch.tokens.push_back(token);
        batch.positions.push_back(from++);
        batch.sequences.push_back(sequence);
    }
    return batch;
}

inline OutputRequest request_at(size_t index) {
    OutputRequest request;
    request.index = static_cast<int>(index);
    request.top = 20;
    return request;
}

inline HeadPtr make_head(int dimension, int tools, const char * type) {
    std::vector<float> weights(static_cast<size_t>(tools) * static_cast<size_t>(dimension));
    uint32_t state = 7;
    for (float & w : weights) {
        state = state * 1664525U + 1013904223U;
        w = (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F) * 0.1F;
    }
    auto head = std::make_shared<Head>(dimension, tools + 5, type);
    head->set_rows(weights.data(), tools);
    return head;
}

inline ModelPtr load_test_model() {
    ModelOptions options;
    options.path = std::getenv("TOOLKEN_TEST_MODEL");
    options.gpu = "cpu";
    return Model::load(options, std::make_shared<CancelFlag>(), {});
}

// Returns the exit code.
inline int run_with_model(const std::function<void(const ModelPtr &)> & tests) {
    const char * backends = std::getenv("TOOLKEN_TEST_BACKENDS");
    if (std::getenv("TOOLKEN_TEST_MODEL") == nullptr || backends == nullptr) {
        std::printf("skipped: TOOLKEN_TEST_MODEL and TOOLKEN_TEST_BACKENDS are not set\n");
        return 77;
    }
    backend_load({backends});
    tests(load_test_model());
    return report();
}

} // namespace toolken
