#include "softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace toolken {

double loss_and_gradient_reference(const HeadProblem & problem, const double * weights, double l2,
                                   const float * prior, double * gradient) {
    const std::size_t d = problem.dimension, tools = problem.tools;
    std::fill(gradient, gradient + tools * d, 0.0);
    std::vector<double> z(tools);
    double loss = 0, total = 0;
    for (std::size_t i = 0; i < problem.steps; ++i) {
        const double lse = problem.log_sum_exp == nullptr ? -std::numeric_limits<double>::infinity()
                                                          : problem.log_sum_exp[i];
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
