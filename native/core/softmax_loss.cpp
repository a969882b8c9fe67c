#include "softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>

namespace toolken {

namespace {

// A step whose every entry of p - [target = k] is below this cannot move the gradient beyond rounding.
constexpr float NEGLIGIBLE = 1e-8F;
constexpr std::size_t CACHE_BYTES = 256 * 1024;      // of h per block when W fits the cache beside it
constexpr std::size_t LARGE_HEAD_BYTES = 512 * 1024; // W beyond this streams through the cache: larger blocks
constexpr std::size_t ROWS_WITH_LARGE_HEAD = 240;
constexpr std::size_t ROW_STEP = 12; // a multiple of every kernel's row tile
constexpr std::size_t MAX_CHUNKS = 64;
constexpr std::size_t CHUNK_BYTES = std::size_t{1} << 30U; // of gradients, all chunks together
constexpr std::size_t TOOLS_PER_TASK = 448;                // of a large head: whole panels of every kernel

std::size_t rows_per_block(std::size_t d, std::size_t columns) {
    if (columns * d * sizeof(float) > LARGE_HEAD_BYTES)
        return ROWS_WITH_LARGE_HEAD;
    const std::size_t rows = CACHE_BYTES / (d * sizeof(float)) / ROW_STEP * ROW_STEP;
    return std::clamp<std::size_t>(rows, ROW_STEP, ROWS_WITH_LARGE_HEAD);
}

// w . h, in lanes that a compiler makes a vector of.
template <class Real> double dot(const Real * w, const float * h, std::size_t d) {
    constexpr std::size_t LANES = 8;
    double lane[LANES] = {};
    std::size_t j = 0;
    for (; j + LANES <= d; j += LANES)
        for (std::size_t l = 0; l < LANES; ++l)
            lane[l] += static_cast<double>(w[j + l]) * static_cast<double>(h[j + l]);
    double sum = 0;
    for (; j < d; ++j)
        sum += static_cast<double>(w[j]) * static_cast<double>(h[j]);
    for (const double part : lane)
        sum += part;
    return sum;
}

constexpr double NO_VOCABULARY = -std::numeric_limits<double>::infinity(); // its logsumexp

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

const float * SoftmaxLoss::gather(Scratch & scratch, const std::uint32_t * steps, std::size_t first,
                                  std::size_t count) const {
    const std::size_t d = problem_.dimension;
    if (steps == nullptr)
        return problem_.hidden + first * d;
    for (std::size_t r = 0; r < count; ++r)
        std::memcpy(scratch.hidden.data() + r * d, problem_.hidden + steps[first + r] * d, d * sizeof(float));
    return scratch.hidden.data();
}

SoftmaxLoss::StepLoss SoftmaxLoss::residuals(float * row, std::size_t step, bool keep_curvature) {
    const std::int32_t target = problem_.target[step];
    const float lse =
        problem_.log_sum_exp == nullptr ? static_cast<float>(NO_VOCABULARY) : problem_.log_sum_exp[step];
    const float weight = problem_.weight == nullptr ? 1.0F : problem_.weight[step];
    double y = problem_.target_logit == nullptr ? 0.0 : static_cast<double>(problem_.target_logit[step]);
    if (target >= 0)
        y = static_cast<double>(row[target]) + static_cast<double>(bias_[static_cast<std::size_t>(target)]);
    const RowSoftmax s = kernels_.softmax_row(row, bias_.data(), columns_, lse, weight);
    // Close to 1 the sum is kept as 1 + the tools' part, which alone depends on W.
    const double log_sum = s.token == 1.0 ? std::log1p(s.tools) : std::log(s.token + s.tools);
    StepLoss result;
    if (weight != 0.0F)
        result.loss = static_cast<double>(weight) * (static_cast<double>(s.shift) - y + log_sum);
    result.weight = static_cast<double>(weight);
    if (keep_curvature) {
        const auto fires = static_cast<float>(s.tools / (s.token + s.tools));
        curvature_[step] = fires * std::max(weight - s.largest, 0.0F);
    }
    float most = s.largest;
    if (target >= 0) {
        row[target] -= weight;
        most = std::max(most, std::fabs(row[target]));
    }
    result.moves = most > NEGLIGIBLE * mean_weight_;
    return result;
}

void SoftmaxLoss::add_block(Chunk & chunk, Scratch & scratch, const std::uint32_t * steps, std::size_t first,
                            std::size_t count) {
    const std::size_t d = problem_.dimension;
    const float * h = gather(scratch, steps, first, count);
    float * z = scratch.probability.data();
    kernels_.logits(h, count, d, packed_.data(), columns_, 0, columns_, z);
    std::size_t active = 0;
    for (std::size_t r = 0; r < count; ++r) {
        const std::size_t step = steps != nullptr ? steps[first + r] : first + r;
        const StepLoss one = residuals(z + r * columns_, step, steps == nullptr);
        chunk.loss += one.loss;
        chunk.weight += one.weight;
        if (one.moves)
            scratch.rows[active++] = static_cast<std::uint32_t>(r);
    }
    kernels_.outer(z, columns_, problem_.tools, h, d, scratch.rows.data(), active, chunk.gradient.data());
}

void SoftmaxLoss::add_large_block(Chunk & chunk, float * gradient, const std::uint32_t * steps,
                                  std::size_t first, std::size_t count) {
    const std::size_t d = problem_.dimension;
    Scratch & scratch = scratch_.front();
    const float * h = gather(scratch, steps, first, count);
    float * z = scratch.probability.data();
    const std::size_t tasks = (columns_ + TOOLS_PER_TASK - 1) / TOOLS_PER_TASK;
    pool_.run(tasks, [&](std::size_t task, int) {
        const std::size_t from = task * TOOLS_PER_TASK;
        kernels_.logits(h, count, d, packed_.data(), columns_, from,
                        std::min(columns_, from + TOOLS_PER_TASK), z);
    });
    std::vector<StepLoss> losses(count);
    pool_.run(count, [&](std::size_t r, int) {
        const std::size_t step = steps != nullptr ? steps[first + r] : first + r;
        losses[r] = residuals(z + r * columns_, step, steps == nullptr);
    });
    std::size_t active = 0;
    for (std::size_t r = 0; r < count; ++r) {
        chunk.loss += losses[r].loss;
        chunk.weight += losses[r].weight;
        if (losses[r].moves)
            scratch.rows[active++] = static_cast<std::uint32_t>(r);
    }
    pool_.run(tasks, [&](std::size_t task, int) {
        const std::size_t from = task * TOOLS_PER_TASK;
        if (from >= problem_.tools)
            return;
        kernels_.outer(z + from, columns_, std::min(problem_.tools - from, TOOLS_PER_TASK), h, d,
                       scratch.rows.data(), active, gradient + from * d);
    });
}

template <class Real>
void SoftmaxLoss::add_listed_block(Chunk & chunk, Scratch & scratch, const Real * weights,
                                   const std::uint32_t * steps, std::size_t first, std::size_t count) {
    const std::size_t d = problem_.dimension;
    for (std::size_t at = first; at < first + count; ++at) {
        const std::size_t i = steps != nullptr ? steps[at] : at;
        const double weight = problem_.weight == nullptr ? 1.0 : static_cast<double>(problem_.weight[i]);
        if (weight == 0) {
            if (steps == nullptr)
                curvature_[i] = 0;
            continue;
        }
        const double lse =
            problem_.log_sum_exp == nullptr ? NO_VOCABULARY : static_cast<double>(problem_.log_sum_exp[i]);
        const std::int32_t target = problem_.target[i];
        const float * h = problem_.hidden + i * d;
        const std::int32_t * tools = problem_.candidates + problem_.candidate_start[i];
        const auto n =
            static_cast<std::size_t>(problem_.candidate_start[i + 1] - problem_.candidate_start[i]);
        std::vector<double> & z = scratch.score;
        z.resize(n);
        double y = problem_.target_logit == nullptr ? 0.0 : static_cast<double>(problem_.target_logit[i]);
        double shift = lse;
        for (std::size_t c = 0; c < n; ++c) {
            const auto k = static_cast<std::size_t>(tools[c]);
            z[c] = dot(weights + k * d, h, d) + static_cast<double>(bias_[k]);
            shift = std::max(shift, z[c]);
            if (tools[c] == target)
                y = z[c];
        }
        double fires = 0; // sum_k exp(z_k - shift)
        for (double & score : z) {
            score = std::exp(score - shift);
            fires += score;
        }
        const double token = std::exp(lse - shift);
        const double log_sum = token == 1.0 ? std::log1p(fires) : std::log(token + fires);
        chunk.loss += weight * (shift - y + log_sum);
        chunk.weight += weight;
        double largest = 0;
        for (std::size_t c = 0; c < n; ++c) {
            const double p = z[c] / (token + fires);
            largest = std::max(largest, p);
            const auto residual = static_cast<float>(weight * (p - (tools[c] == target ? 1.0 : 0.0)));
            if (residual == 0.0F)
                continue;
            float * to = chunk.gradient.data() + static_cast<std::size_t>(tools[c]) * d;
            for (std::size_t j = 0; j < d; ++j)
                to[j] += residual * h[j];
        }
        if (steps == nullptr)
            curvature_[i] = static_cast<float>(weight * fires / (token + fires) * (1 - largest));
    }
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

double loss_and_gradient_reference(const HeadProblem & problem, const double * weights, double l2,
                                   const float * prior, double * gradient) {
    const std::size_t d = problem.dimension, tools = problem.tools;
    std::fill(gradient, gradient + tools * d, 0.0);
    std::vector<double> z(tools);
    double loss = 0, total = 0;
    for (std::size_t i = 0; i < problem.steps; ++i) {
        const double lse = problem.log_sum_exp == nullptr ? NO_VOCABULARY : problem.log_sum_exp[i];
        const double w = problem.weight == nullptr ? 1.0 : problem.weight[i];
        std::vector<bool> takes_part(tools, problem.candidates == nullptr);
        if (problem.candidates != nullptr)
            for (std::int32_t c = problem.candidate_start[i]; c < problem.candidate_start[i + 1]; ++c)
                takes_part[static_cast<std::size_t>(problem.candidates[c])] = true;
        const float * h = problem.hidden + i * d;
        double top = lse;
        for (std::size_t k = 0; k < tools; ++k) {
            z[k] = problem.bias == nullptr ? 0.0 : problem.bias[k];
            for (std::size_t j = 0; j < d; ++j)
                z[k] += weights[k * d + j] * h[j];
            if (!takes_part[k])
                z[k] = -std::numeric_limits<double>::infinity();
            top = std::max(top, z[k]);
        }
        double sum = std::exp(lse - top);
        for (std::size_t k = 0; k < tools; ++k)
            sum += std::exp(z[k] - top);
        const double joint = top + std::log(sum);
        const std::int32_t target = problem.target[i];
        const double y = target >= 0                       ? z[static_cast<std::size_t>(target)]
                         : problem.target_logit == nullptr ? 0.0
                                                           : problem.target_logit[i];
        loss += w * (joint - y);
        total += w;
        for (std::size_t k = 0; k < tools; ++k) {
            const double residual =
                std::exp(z[k] - joint) - (target == static_cast<std::int32_t>(k) ? 1.0 : 0.0);
            for (std::size_t j = 0; j < d; ++j)
                gradient[k * d + j] += w * residual * h[j];
        }
    }
    loss /= total;
    for (std::size_t j = 0; j < tools * d; ++j) {
        const double from_prior = weights[j] - (prior == nullptr ? 0.0 : prior[j]);
        gradient[j] = gradient[j] / total + l2 * from_prior;
        loss += 0.5 * l2 * from_prior * from_prior;
    }
    return loss;
}

} // namespace toolken
