#include "softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace toolken {

namespace {

constexpr std::size_t CACHE_BYTES = 256 * 1024;      // of h per block when W fits the cache beside it
constexpr std::size_t LARGE_HEAD_BYTES = 512 * 1024; // W beyond this streams through the cache: larger blocks
constexpr std::size_t ROWS_WITH_LARGE_HEAD = 240;
constexpr std::size_t ROW_STEP = 12; // a multiple of every kernel's row tile
constexpr std::size_t MAX_CHUNKS = 64;
constexpr std::size_t CHUNK_BYTES = std::size_t{1} << 30U; // of gradients, all chunks together

std::size_t rows_per_block(std::size_t d, std::size_t columns) {
    if (columns * d * sizeof(float) > LARGE_HEAD_BYTES)
        return ROWS_WITH_LARGE_HEAD;
    const std::size_t rows = CACHE_BYTES / (d * sizeof(float)) / ROW_STEP * ROW_STEP;
    return std::clamp<std::size_t>(rows, ROW_STEP, ROWS_WITH_LARGE_HEAD);
}

} // namespace

SoftmaxLoss::SoftmaxLoss(const HeadProblem & problem, WorkerPool & pool, const std::atomic<bool> * cancel,
                         const SoftmaxKernels & kernels)
    : problem_(problem), pool_(pool), cancel_(cancel), kernels_(kernels) {
    const std::size_t n = problem.steps, d = problem.dimension, k = problem.tools;
    columns_ = (k + kernels_.lanes - 1) / kernels_.lanes * kernels_.lanes;
    block_ = rows_per_block(d, columns_);
    max_chunks_ = std::clamp<std::size_t>(CHUNK_BYTES / (k * d * sizeof(float)), 1, MAX_CHUNKS);
    large_ = problem.candidates == nullptr && max_chunks_ < MAX_CHUNKS;
    if (problem.candidates == nullptr)
        packed_.assign(columns_ * d, 0.0F);
    bias_.assign(columns_, -std::numeric_limits<float>::infinity());
    for (std::size_t t = 0; t < k; ++t)
        bias_[t] = problem.bias == nullptr ? 0.0F : problem.bias[t];
    scratch_.resize(static_cast<std::size_t>(pool.size()));
    curvature_.assign(n, 0.0F);
    if (problem.weight != nullptr) {
        double total = 0;
        for (std::size_t i = 0; i < n; ++i)
            total += static_cast<double>(problem.weight[i]);
        mean_weight_ = static_cast<float>(total / static_cast<double>(n));
    }
    constexpr std::size_t SLICE = 1024;
    std::vector<float> largest((n + SLICE - 1) / SLICE, 0.0F);
    pool_.run(largest.size(), [&](std::size_t slice, int) {
        const float * h = problem_.hidden;
        const std::size_t end = std::min(n, (slice + 1) * SLICE) * d;
        float most = 0;
        for (std::size_t j = slice * SLICE * d; j < end; ++j)
            most = std::max(most, std::fabs(h[j]));
        largest[slice] = most;
    });
    largest_hidden_ = *std::max_element(largest.begin(), largest.end());
}

template <class Real> void SoftmaxLoss::pack(const Real * weights) {
    const std::size_t d = problem_.dimension, k = problem_.tools;
    constexpr std::size_t ROWS = 64;
    std::vector<float> largest((k + ROWS - 1) / ROWS, 0.0F);
    pool_.run(largest.size(), [&](std::size_t part, int) {
        for (std::size_t t = part * ROWS; t < std::min(k, (part + 1) * ROWS); ++t) {
            const Real * row = weights + t * d;
            float * to = packed_.data() + packed_offset(0, t, d, columns_, kernels_.lanes);
            const std::size_t step = packed_offset(1, t, d, columns_, kernels_.lanes) -
                                     packed_offset(0, t, d, columns_, kernels_.lanes);
            for (std::size_t j = 0; j < d; ++j) {
                const auto w = static_cast<float>(row[j]);
                to[j * step] = w;
                // Not std::max: a NaN must come through.
                if (!(std::fabs(w) <= largest[part]))
                    largest[part] = std::fabs(w);
            }
        }
    });
    largest_weight_ = 0;
    for (const float w : largest)
        if (!(w <= largest_weight_))
            largest_weight_ = w;
}

template <class Real> double SoftmaxLoss::evaluate(const Real * weights, Real * gradient) {
    return evaluate(weights, gradient, nullptr, problem_.steps);
}

template <class Real>
void SoftmaxLoss::evaluate_large(Chunk & chunk, Real * gradient, const std::uint32_t * steps,
                                 std::size_t count) {
    const std::size_t size = problem_.tools * problem_.dimension;
    float * sums = nullptr;
    if constexpr (std::is_same_v<Real, float>) {
        sums = gradient;
        std::fill(sums, sums + size, 0.0F);
    } else {
        chunk.gradient.assign(size, 0.0F);
        sums = chunk.gradient.data();
    }
    Scratch & scratch = scratch_.front();
    scratch.probability.resize(block_ * columns_);
    scratch.rows.resize(block_);
    if (steps != nullptr)
        scratch.hidden.resize(block_ * problem_.dimension);
    for (std::size_t first = 0; first < count && !cancelled(); first += block_)
        add_large_block(chunk, sums, steps, first, std::min(block_, count - first));
}

template <class Real>
double SoftmaxLoss::evaluate(const Real * weights, Real * gradient, const std::uint32_t * steps,
                             std::size_t count) {
    const std::size_t d = problem_.dimension, size = problem_.tools * d;
    const bool listed = problem_.candidates != nullptr;
    if (!listed) {
        pack(weights);
        const double reach = static_cast<double>(largest_hidden_) * static_cast<double>(largest_weight_) *
                             static_cast<double>(d);
        if (!(reach < 1e37))
            return std::numeric_limits<double>::quiet_NaN();
    }

    const std::size_t blocks = (count + block_ - 1) / block_;
    const std::size_t chunks = large_ ? 1 : std::min(blocks, max_chunks_);
    if (chunks_.size() < chunks)
        chunks_.resize(chunks);
    if (large_) {
        chunks_.front().loss = chunks_.front().weight = 0;
        evaluate_large(chunks_.front(), gradient, steps, count);
    } else {
        for (std::size_t c = 0; c < chunks; ++c)
            chunks_[c].gradient.resize(size);
        for (Scratch & scratch : scratch_) {
            scratch.probability.resize(listed ? 0 : block_ * columns_);
            scratch.rows.resize(listed ? 0 : block_);
            if (steps != nullptr && !listed)
                scratch.hidden.resize(block_ * d);
        }
        pool_.run(chunks, [&](std::size_t c, int worker) {
            Chunk & chunk = chunks_[c];
            chunk.loss = 0;
            chunk.weight = 0;
            std::fill(chunk.gradient.begin(), chunk.gradient.end(), 0.0F);
            for (std::size_t b = c * blocks / chunks; b < (c + 1) * blocks / chunks; ++b) {
                if (cancelled())
                    return;
                const std::size_t first = b * block_;
                Scratch & scratch = scratch_[static_cast<std::size_t>(worker)];
                const std::size_t rows = std::min(block_, count - first);
                if (listed)
                    add_listed_block(chunk, scratch, weights, steps, first, rows);
                else
                    add_block(chunk, scratch, steps, first, rows);
            }
        });
    }

    double loss = 0, weight = 0;
    for (std::size_t c = 0; c < chunks; ++c) {
        loss += chunks_[c].loss;
        weight += chunks_[c].weight;
    }
    if (weight == 0) { // a batch of steps that do not count
        std::fill(gradient, gradient + size, Real{0});
        return 0;
    }
    constexpr std::size_t PART = 4096;
    const bool in_place = large_ && std::is_same_v<Real, float>;
    pool_.run((size + PART - 1) / PART, [&](std::size_t part, int) {
        const std::size_t first = part * PART, n = std::min(size - first, PART);
        double sums[PART] = {};
        for (std::size_t c = 0; c < chunks && !in_place; ++c) {
            const float * from = chunks_[c].gradient.data() + first;
            for (std::size_t j = 0; j < n; ++j)
                sums[j] += static_cast<double>(from[j]);
        }
        for (std::size_t j = 0; j < n; ++j)
            gradient[first + j] =
                static_cast<Real>((in_place ? static_cast<double>(gradient[first + j]) : sums[j]) / weight);
    });
    return loss / weight;
}

template double SoftmaxLoss::evaluate(const double *, double *);
template double SoftmaxLoss::evaluate(const float *, float *);
template double SoftmaxLoss::evaluate(const double *, double *, const std::uint32_t *, std::size_t);
template double SoftmaxLoss::evaluate(const float *, float *, const std::uint32_t *, std::size_t);

} // namespace toolken
