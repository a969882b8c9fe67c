// Arithmetic on long vectors, shared out among threads.
#pragma once

#include "worker_pool.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace toolken {

// The upper half of a float's bits, rounded to nearest.
class Bf16 {
  public:
    Bf16() = default;
    explicit Bf16(float value)
        : bits_(static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(value) + 0x8000U) >> 16U)) {}
    operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16U); }

  private:
    std::uint16_t bits_ = 0;
};

// Sums over fixed parts in a fixed order, so that the number of threads changes nothing.
class VectorArithmetic {
  public:
    VectorArithmetic(WorkerPool & pool, std::size_t size)
        : pool_(pool), size_(size), sums_((size + PART - 1) / PART) {}

    template <class A, class B> double dot(const A & a, const B & b) {
        each_part([&](std::size_t part, std::size_t first, std::size_t end) {
            double sum = 0;
            for (std::size_t j = first; j < end; ++j)
                sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
            sums_[part] = sum;
        });
        double total = 0;
        for (const double sum : sums_)
            total += sum;
        return total;
    }

    // to += factor * from
    template <class Real, class A> void add(std::vector<Real> & to, double factor, const A & from) {
        each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                to[j] = static_cast<Real>(static_cast<double>(to[j]) + factor * static_cast<double>(from[j]));
        });
    }

    template <class Real> void scale(std::vector<Real> & values, double factor) {
        each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                values[j] = static_cast<Real>(factor * static_cast<double>(values[j]));
        });
    }

    template <class Task> void each_part(const Task & task) {
        pool_.run(sums_.size(), [&](std::size_t part, int) {
            task(part, part * PART, std::min(size_, (part + 1) * PART));
        });
    }

  private:
    static constexpr std::size_t PART = 16384;
    WorkerPool & pool_;
    std::size_t size_;
    std::vector<double> sums_;
};

} // namespace toolken
