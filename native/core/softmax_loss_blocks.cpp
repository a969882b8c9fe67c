// SoftmaxLoss: the loss and gradient of one block of steps.
#include "softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace toolken {

namespace {

// A step whose every entry of p - [target = k] is below this cannot move the gradient beyond rounding.
constexpr float NEGLIGIBLE = 1e-8F;
constexpr std::size_t TOOLS_PER_TASK = 448; // of a large head: whole panels of every kernel
constexpr double NO_VOCABULARY = -std::numeric_limits<double>::infinity(); // its logsumexp

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

} // namespace

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

template void SoftmaxLoss::add_listed_block(Chunk &, Scratch &, const double *, const std::uint32_t *,
                                            std::size_t, std::size_t);
template void SoftmaxLoss::add_listed_block(Chunk &, Scratch &, const float *, const std::uint32_t *,
                                            std::size_t, std::size_t);

} // namespace toolken
