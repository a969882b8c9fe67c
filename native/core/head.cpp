#include "head.h"

#include "error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace toolken {

namespace {

ggml_type parse_type(const std::string & type) {
    if (type == "f32") {
        return GGML_TYPE_F32;
    }
    if (type == "f16") {
        return GGML_TYPE_F16;
    }
    if (type == "bf16") {
        return GGML_TYPE_BF16;
    }
    if (type == "q8_0") {
        return GGML_TYPE_Q8_0;
    }
    throw Error("INVALID_ARGUMENT",
                "Expected f32, f16, bf16 or q8_0 for the head's type but received " + type);
}

} // namespace

Head::Head(int dimension, int capacity, const std::string & type)
    : dimension_(dimension), capacity_(capacity), type_(parse_type(type)) {
    if (dimension <= 0 || capacity <= 0) {
        throw Error("INVALID_ARGUMENT", "Expected a positive dimension and capacity for the head");
    }
    if (dimension % ggml_blck_size(type_) != 0) {
        throw Error("INVALID_ARGUMENT", "Expected a dimension divisible by " +
                                            std::to_string(ggml_blck_size(type_)) + " for a head of type " +
                                            type);
    }
}

void Head::set_rows(const float * weights, int n) {
    if (n < 0 || n > capacity_) {
        throw Error("INVALID_ARGUMENT", "Expected at most " + std::to_string(capacity_) +
                                            " rows but received " + std::to_string(n));
    }
    const auto total = static_cast<size_t>(n) * static_cast<size_t>(dimension_);
    if (!std::all_of(weights, weights + total, [](float w) { return std::isfinite(w); })) {
        throw Error("INVALID_ARGUMENT", "Expected finite weights for the head but received NaN or Infinity");
    }
    std::vector<uint8_t> rows(bytes(), 0);
    if (type_ == GGML_TYPE_F32) {
        std::memcpy(rows.data(), weights, total * sizeof(float));
    } else if (n > 0) {
        ggml_quantize_chunk(type_, weights, rows.data(), 0, n, dimension_, nullptr);
        check_stored(rows.data(), n);
    }
    const std::lock_guard lock(host_mutex_);
    count_ = n;
    std::vector<float>().swap(host_);
    if (tensor_ != nullptr) {
        ggml_backend_tensor_set(tensor_, rows.data(), 0, rows.size());
    } else {
        stored_ = std::move(rows);
    }
}

// A weight that F32 holds may be infinite in the stored type.
void Head::check_stored(const uint8_t * rows, int n) const {
    const auto to_float = ggml_get_type_traits(type_)->to_float;
    std::vector<float> row(static_cast<size_t>(dimension_));
    for (int k = 0; k < n; ++k) {
        to_float(rows + static_cast<size_t>(k) * ggml_row_size(type_, dimension_), row.data(), dimension_);
        if (!std::all_of(row.begin(), row.end(), [](float w) { return std::isfinite(w); })) {
            throw Error("INVALID_ARGUMENT", std::string("Expected weights that ") + ggml_type_name(type_) +
                                                " can hold but those of row " + std::to_string(k) +
                                                " are too large");
        }
    }
}

const float * Head::host_rows() const {
    const std::lock_guard lock(host_mutex_);
    if (host_.empty() && count_ > 0) {
        const auto total = static_cast<size_t>(count_) * static_cast<size_t>(dimension_);
        std::vector<uint8_t> fetched;
        if (tensor_ != nullptr) {
            fetched.resize(ggml_row_size(type_, dimension_) * static_cast<size_t>(count_));
            ggml_backend_tensor_get(tensor_, fetched.data(), 0, fetched.size());
        }
        const uint8_t * rows = tensor_ != nullptr ? fetched.data() : stored_.data();
        host_.resize(total);
        if (type_ == GGML_TYPE_F32) {
            std::memcpy(host_.data(), rows, total * sizeof(float));
        } else {
            ggml_get_type_traits(type_)->to_float(rows, host_.data(), static_cast<int64_t>(total));
        }
    }
    return host_.data();
}

void Head::logits(const float * h, float * z) const {
    const float * rows = host_rows();
    for (int k = 0; k < count_; ++k) {
        const float * row = rows + static_cast<size_t>(k) * static_cast<size_t>(dimension_);
        // Eight partial sums: exact enough to compare with the device, and the compiler vectorises them.
        float sums[8] = {};
        int i = 0;
        for (; i + 8 <= dimension_; i += 8) {
            for (int lane = 0; lane < 8; ++lane) {
                sums[lane] += row[i + lane] * h[i + lane];
            }
        }
        double total = 0;
        for (const float sum : sums) {
            total += sum;
        }
        for (; i < dimension_; ++i) {
            total += static_cast<double>(row[i]) * h[i];
        }
        z[k] = static_cast<float>(total);
    }
}

ggml_tensor * Head::on_device(ggml_backend_buffer_type_t buffer_type) {
    if (tensor_ != nullptr) {
        if (buffer_type != nullptr && buffer_type != ggml_backend_buffer_get_type(buffer_.get())) {
            throw Error("INVALID_ARGUMENT",
                        "Expected a head of this context's device but it is on another one");
        }
        return tensor_;
    }
    ggml_init_params params{ggml_tensor_overhead() + 64, nullptr, true};
    context_.reset(ggml_init(params));
    auto * tensor = ggml_new_tensor_2d(context_.get(), type_, dimension_, capacity_);
    ggml_set_name(tensor, "toolken_head");
    buffer_.reset(ggml_backend_alloc_ctx_tensors_from_buft(context_.get(), buffer_type));
    if (!buffer_) {
        throw Error("CONTEXT_CREATE_FAILED",
                    "Expected room for the head's " + std::to_string(bytes()) + " bytes on the device");
    }
    // Weights: lets ggml's scheduler run the operation where they are.
    ggml_backend_buffer_set_usage(buffer_.get(), GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
    if (stored_.empty()) {
        ggml_backend_buffer_clear(buffer_.get(), 0);
    } else {
        ggml_backend_tensor_set(tensor, stored_.data(), 0, stored_.size());
    }
    const std::lock_guard lock(host_mutex_);
    tensor_ = tensor;
    std::vector<uint8_t>().swap(stored_); // gives the memory back, as clearing does not
    return tensor_;
}

} // namespace toolken
