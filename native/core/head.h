// The rows of a tool head: W (C, d), C = capacity ≥ K. Kept once: on the host, and from the first use in a
// graph on the device that holds the model's output layer.
#pragma once

#include "ggml-backend.h"
#include "ggml.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace toolken {

class Head {
  public:
    // type: "f32", "f16", "bf16", "q8_0" (q8_0 needs d divisible by 32). Rows start as zeros, all switched
    // off.
    Head(int dimension, int capacity, const std::string & type);

    int dimension() const noexcept { return dimension_; }
    int capacity() const noexcept { return capacity_; }
    int count() const noexcept { return count_; } // K, the rows in use
    size_t bytes() const noexcept {
        return ggml_row_size(type_, dimension_) * static_cast<size_t>(capacity_);
    }
    ggml_type type() const noexcept { return type_; }

    // Replaces rows 0…n-1 by weights (n, d) and sets K = n ≤ C. Uploads them when the head is on a device.
    // Throws INVALID_ARGUMENT on weights that are NaN or infinite, as given or as stored.
    void set_rows(const float * weights, int n);

    // z = W h for the host path: h (d), z (K). Uses the stored precision, as the device does.
    void logits(const float * h, float * z) const;

    // The device tensor W (d, C), allocated in `buffer_type` on first use; nullptr: where it is. Throws
    // CONTEXT_CREATE_FAILED when there is no memory, INVALID_ARGUMENT when it is on another device.
    ggml_tensor * on_device(ggml_backend_buffer_type_t buffer_type);

  private:
    struct FreeContext {
        void operator()(ggml_context * context) const { ggml_free(context); }
    };
    struct FreeBuffer {
        void operator()(ggml_backend_buffer * buffer) const { ggml_backend_buffer_free(buffer); }
    };

    void check_stored(const uint8_t * rows, int n) const;
    // (K, d) for the host path, made when it first asks: in the graph nobody needs a second copy.
    const float * host_rows() const;

    int dimension_;
    int capacity_;
    int count_ = 0;
    ggml_type type_;
    std::vector<uint8_t> stored_; // (C, d) in type_; empty before rows are set and once the device holds them
    mutable std::mutex host_mutex_;
    mutable std::vector<float> host_; // (K, d) dequantized; empty until asked for
    std::unique_ptr<ggml_context, FreeContext> context_;
    std::unique_ptr<ggml_backend_buffer, FreeBuffer> buffer_;
    ggml_tensor * tensor_ = nullptr;
};

using HeadPtr = std::shared_ptr<Head>;

} // namespace toolken
