#include "step_subset.h"

#include <algorithm>
#include <cstddef>

namespace toolken {

StepSubset::StepSubset(const HeadProblem & whole, const std::vector<std::uint32_t> & steps, WorkerPool & pool)
    : problem_(whole), hidden_(steps.size() * whole.dimension) {
    constexpr std::size_t PART = 256;
    pool.run((steps.size() + PART - 1) / PART, [&](std::size_t part, int) {
        for (std::size_t i = part * PART; i < std::min(steps.size(), (part + 1) * PART); ++i)
            std::copy_n(whole.hidden + steps[i] * whole.dimension, whole.dimension,
                        hidden_.data() + i * whole.dimension);
    });
    const auto pick = [&](const auto * from, auto & to) {
        for (const std::uint32_t i : steps)
            to.push_back(from[i]);
        return to.data();
    };
    problem_.steps = steps.size();
    problem_.hidden = hidden_.data();
    if (whole.log_sum_exp != nullptr)
        problem_.log_sum_exp = pick(whole.log_sum_exp, log_sum_exp_);
    problem_.target = pick(whole.target, target_);
    if (whole.target_logit != nullptr)
        problem_.target_logit = pick(whole.target_logit, target_logit_);
    if (whole.weight != nullptr)
        problem_.weight = pick(whole.weight, weight_);
    if (whole.candidates == nullptr)
        return;
    candidate_start_.push_back(0);
    for (const std::uint32_t i : steps) {
        const std::int32_t *first = whole.candidates + whole.candidate_start[i],
                           *end = whole.candidates + whole.candidate_start[i + 1];
        candidates_.insert(candidates_.end(), first, end);
        candidate_start_.push_back(static_cast<std::int32_t>(candidates_.size()));
    }
    problem_.candidate_start = candidate_start_.data();
    problem_.candidates = candidates_.data();
}

} // namespace toolken
