// Problems for the tests of the solvers.
#pragma once

#include "core/solver.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace toolken {

inline bool close(double a, double b, double relative) {
    return std::fabs(a - b) <= relative * std::max({1e-300, std::fabs(a), std::fabs(b)});
}

inline double norm(const std::vector<double> & v) {
    double sum = 0;
    for (const double x : v)
        sum += x * x;
    return std::sqrt(sum);
}

template <class A, class B> double distance(const A & a, const B & b) {
    double sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j)
        sum += std::pow(static_cast<double>(a[j]) - static_cast<double>(b[j]), 2);
    return std::sqrt(sum);
}

// Hidden states with one strong common direction, and steps whose tool is marked by another.
struct Sample {
    std::vector<float> hidden, log_sum_exp, target_logit, weight, bias;
    std::vector<std::int32_t> target, candidate_start, candidates;
    HeadProblem problem;

    Sample(std::size_t steps, std::size_t d, std::size_t tools, unsigned seed = 1, double tool_share = 0.2) {
        std::mt19937 random(seed);
        const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
        const auto normal = [&] { return uniform() + uniform() + uniform() + uniform() - 2; };
        for (std::size_t i = 0; i < steps; ++i) {
            const bool fires = uniform() < tool_share;
            target.push_back(fires ? static_cast<std::int32_t>(random() % tools) : -1);
            for (std::size_t j = 0; j < d; ++j) {
                const bool marked = fires && j == static_cast<std::size_t>(target.back()) % d;
                hidden.push_back(static_cast<float>(normal() + (j == 0 ? 3.0 : 0.0) + (marked ? 1.5 : 0.0)));
            }
            log_sum_exp.push_back(static_cast<float>(4 + normal()));
            target_logit.push_back(log_sum_exp.back() - static_cast<float>(uniform() * 3));
            weight.push_back(static_cast<float>(uniform() * 2));
        }
        for (std::size_t k = 0; k < tools; ++k)
            bias.push_back(static_cast<float>(normal()));
        problem.steps = steps;
        problem.dimension = d;
        problem.tools = tools;
        problem.hidden = hidden.data();
        problem.log_sum_exp = log_sum_exp.data();
        problem.target = target.data();
        problem.target_logit = target_logit.data();
    }
    Sample(const Sample &) = delete;
    Sample & operator=(const Sample &) = delete;

    Sample & weighted() {
        problem.weight = weight.data();
        return *this;
    }
    Sample & biased() {
        problem.bias = bias.data();
        return *this;
    }
    // A few tools at every step, the target among them. `vocabulary` false: and no token, as for a reranker.
    Sample & listed(bool vocabulary, unsigned seed = 31) {
        std::mt19937 random(seed);
        candidate_start = {0};
        candidates.clear();
        for (std::int32_t & step_target : target) {
            if (step_target < 0 && !vocabulary)
                step_target = static_cast<std::int32_t>(random() % problem.tools);
            for (std::int32_t k = 0; k < static_cast<std::int32_t>(problem.tools); ++k)
                if (k == step_target || random() % 2 == 0)
                    candidates.push_back(k);
            candidate_start.push_back(static_cast<std::int32_t>(candidates.size()));
        }
        problem.candidate_start = candidate_start.data();
        problem.candidates = candidates.data();
        if (!vocabulary)
            problem.log_sum_exp = problem.target_logit = nullptr;
        return *this;
    }
    std::size_t size() const { return problem.tools * problem.dimension; }
};

inline std::vector<float> some_rows(std::size_t size, float scale, unsigned seed = 7) {
    std::mt19937 random(seed);
    std::vector<float> rows;
    for (std::size_t j = 0; j < size; ++j)
        rows.push_back(scale * (static_cast<float>(random() % 2001) / 1000.0F - 1.0F));
    return rows;
}

inline SolverRun with_threads(int threads) {
    SolverRun run;
    run.threads = threads;
    return run;
}

} // namespace toolken
