#include "solver.h"

#include "worker_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

namespace toolken {

namespace {

SolverStatus refuse(SolverStatus status, std::string & message, std::string text) {
    message = std::move(text);
    return status;
}

std::string expected(const std::string & what, const std::string & name, const std::string & received) {
    return "Expected " + what + " for " + name + " but received " + received;
}

// First index whose value is NaN or infinite, or count.
std::size_t first_not_finite(const float * values, std::size_t count) {
    constexpr std::size_t RUN = 4096;
    for (std::size_t begin = 0; begin < count; begin += RUN) {
        const std::size_t end = std::min(count, begin + RUN);
        bool finite = true; // without an early exit the compiler can vectorise
        for (std::size_t i = begin; i < end; ++i)
            finite &= std::fabs(values[i]) <= std::numeric_limits<float>::max();
        if (finite)
            continue;
        for (std::size_t i = begin; i < end; ++i)
            if (!std::isfinite(values[i]))
                return i;
    }
    return count;
}

// Whether step i's candidates are tools in ascending order that hold its target.
bool are_candidates(const HeadProblem & p, std::size_t i) {
    bool has_target = p.target[i] < 0;
    std::int32_t last = -1;
    for (std::int32_t c = p.candidate_start[i]; c < p.candidate_start[i + 1]; ++c) {
        const std::int32_t tool = p.candidates[c];
        if (tool <= last || tool >= static_cast<std::int64_t>(p.tools))
            return false;
        has_target = has_target || tool == p.target[i];
        last = tool;
    }
    return has_target;
}

SolverStatus check_problem(const HeadProblem & p, int threads, std::string & message) {
    using enum SolverStatus;
    const auto number = [](auto n) { return std::to_string(n); };
    if (threads < 1)
        return refuse(invalid_argument, message, expected("at least 1", "threads", number(threads)));
    if (p.steps < 1 || p.steps > std::numeric_limits<std::uint32_t>::max())
        return refuse(invalid_argument, message, expected("1 to 2^32 - 1", "steps", number(p.steps)));
    if (p.dimension < 1)
        return refuse(invalid_argument, message, expected("at least 1", "dimension", "0"));
    if (p.tools < 1 || p.tools > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return refuse(invalid_argument, message, expected("1 to 2^31 - 1", "tools", number(p.tools)));
    if (p.hidden == nullptr || p.target == nullptr)
        return refuse(invalid_argument, message, expected("values", "hidden and target", "null"));
    if ((p.candidate_start == nullptr) != (p.candidates == nullptr))
        return refuse(invalid_argument, message,
                      expected("both or none", "candidate_start, candidates", "one"));

    for (std::size_t k = 0; p.bias != nullptr && k < p.tools; ++k)
        if (!(p.bias[k] <= std::numeric_limits<float>::max()))
            return refuse(not_finite, message,
                          expected("a number or -infinity", "bias of tool " + number(k), number(p.bias[k])));
    // All of them before any candidate is read: with an end that is right, every start is within the list.
    for (std::size_t i = 0; p.candidate_start != nullptr && i < p.steps; ++i)
        if (p.candidate_start[0] != 0 || p.candidate_start[i + 1] < p.candidate_start[i])
            return refuse(invalid_argument, message,
                          expected("an ascending list from 0", "candidate_start of step " + number(i + 1),
                                   number(p.candidate_start[i + 1])));
    double total = 0;
    for (std::size_t i = 0; i < p.steps; ++i) {
        const std::int32_t target = p.target[i];
        const std::int32_t least = p.log_sum_exp == nullptr ? 0 : -1;
        if (target < least || target >= static_cast<std::int64_t>(p.tools))
            return refuse(invalid_argument, message,
                          expected(number(least) + " to " + number(p.tools - 1),
                                   "target of step " + number(i), number(target)));
        if (p.candidates != nullptr && !are_candidates(p, i))
            return refuse(invalid_argument, message,
                          expected("different tools in ascending order, the target among them",
                                   "candidates of step " + number(i), "others"));
        const float weight = p.weight == nullptr ? 1.0F : p.weight[i];
        if (!std::isfinite(weight))
            return refuse(not_finite, message,
                          expected("a finite number", "weight of step " + number(i), number(weight)));
        if (weight < 0)
            return refuse(invalid_argument, message,
                          expected("at least 0", "weight of step " + number(i), number(weight)));
        // Without a vocabulary, the target is what keeps a step from having no outcome at all.
        if (target >= 0 && (weight > 0 || p.log_sum_exp == nullptr) && p.bias != nullptr &&
            std::isinf(p.bias[target]))
            return refuse(invalid_argument, message,
                          expected("a tool that is switched on", "target of step " + number(i),
                                   "tool " + number(target) + " with bias -infinity"));
        if (p.log_sum_exp != nullptr && !std::isfinite(p.log_sum_exp[i]))
            return refuse(
                not_finite, message,
                expected("a finite number", "log_sum_exp of step " + number(i), number(p.log_sum_exp[i])));
        if (target < 0 && p.target_logit != nullptr && !std::isfinite(p.target_logit[i]))
            return refuse(
                not_finite, message,
                expected("a finite number", "target_logit of step " + number(i), number(p.target_logit[i])));
        total += static_cast<double>(weight);
    }
    if (!(total > 0))
        return refuse(invalid_argument, message, expected("a positive sum", "weight", number(total)));

    constexpr std::size_t SLICE = 1024; // steps
    std::vector<std::size_t> bad((p.steps + SLICE - 1) / SLICE);
    WorkerPool pool(threads);
    pool.run(bad.size(), [&](std::size_t slice, int) {
        const std::size_t first = slice * SLICE * p.dimension;
        const std::size_t count = std::min(SLICE, p.steps - slice * SLICE) * p.dimension;
        const std::size_t at = first_not_finite(p.hidden + first, count);
        bad[slice] = at == count ? p.steps : (first + at) / p.dimension;
    });
    const std::size_t step = *std::min_element(bad.begin(), bad.end());
    if (step < p.steps)
        return refuse(not_finite, message,
                      expected("finite numbers", "hidden of step " + number(step), "NaN or infinity"));
    return ok;
}

SolverStatus check_rows(const float * rows, const char * name, const HeadProblem & problem,
                        std::string & message) {
    using enum SolverStatus;
    if (rows == nullptr)
        return ok;
    const std::size_t count = problem.tools * problem.dimension;
    const std::size_t at = first_not_finite(rows, count);
    if (at == count)
        return ok;
    const std::string name_of_row = std::string(name) + " of tool " + std::to_string(at / problem.dimension);
    return refuse(not_finite, message, expected("finite numbers", name_of_row, std::to_string(rows[at])));
}

SolverStatus check(const HeadProblem & problem, int threads, const std::string & wrong_option,
                   const SolverRows & rows, std::string & message) {
    using enum SolverStatus;
    if (const auto status = check_problem(problem, threads, message); status != ok)
        return status;
    if (!wrong_option.empty())
        return refuse(invalid_argument, message, wrong_option);
    if (const auto status = check_rows(rows.prior, "prior", problem, message); status != ok)
        return status;
    return check_rows(rows.start, "start", problem, message);
}

} // namespace

SolverResult solve_checked(const HeadProblem & problem, int threads, const std::string & wrong_option,
                           const SolverRows & rows, const std::function<SolverResult()> & solve) {
    SolverResult result;
    try {
        result.status = check(problem, threads, wrong_option, rows, result.message);
        return result.status == SolverStatus::ok ? solve() : result;
    } catch (const std::bad_alloc &) {
        result.status = SolverStatus::out_of_memory;
        result.message = "Not enough memory for the solver";
        return result;
    }
}

} // namespace toolken
