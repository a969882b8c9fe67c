// Some of a problem's steps.
#pragma once

#include "solver.h"
#include "worker_pool.h"

#include <cstdint>
#include <vector>

namespace toolken {

// A copy of some of a problem's steps, next to each other.
class StepSubset {
  public:
    StepSubset(const HeadProblem & whole, const std::vector<std::uint32_t> & steps, WorkerPool & pool);
    StepSubset(const StepSubset &) = delete;
    StepSubset & operator=(const StepSubset &) = delete;

    const HeadProblem & problem() const { return problem_; }

  private:
    HeadProblem problem_;
    std::vector<float> hidden_, log_sum_exp_, target_logit_, weight_;
    std::vector<std::int32_t> target_, candidate_start_, candidates_;
};

} // namespace toolken
