// Checks L-BFGS against gradient descent on a slow reference.
#include "check.h"
#include "core/adam.h"
#include "core/lbfgs.h"
#include "core/softmax_loss.h"
#include "solver_sample.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace toolken;

namespace {

// The optimum by plain gradient descent on the reference, with a step halved until it descends.
std::vector<double> descend(const HeadProblem & problem, double l2, const float * prior, double & loss) {
    const std::size_t size = problem.tools * problem.dimension;
    std::vector<double> w(size, 0.0), g(size), trial(size), trial_g(size);
    loss = loss_and_gradient_reference(problem, w.data(), l2, prior, g.data());
    double step = 1;
    for (int iteration = 0; iteration < 20000 && norm(g) > 1e-9; ++iteration) {
        for (std::size_t j = 0; j < size; ++j)
            trial[j] = w[j] - step * g[j];
        const double f = loss_and_gradient_reference(problem, trial.data(), l2, prior, trial_g.data());
        if (f > loss) {
            step /= 2;
            continue;
        }
        w = trial;
        g = trial_g;
        loss = f;
        step *= 1.1;
    }
    return w;
}

void lbfgs_finds_the_optimum(Sample & sample, double l2, const float * prior, const std::string & name) {
    LbfgsOptions options;
    options.l2 = l2;
    options.prior = prior;
    options.gradient_tolerance = 1e-7;
    options.loss_tolerance = 0;
    options.max_iterations = 2000;
    double best = 0;
    const std::vector<double> w = descend(sample.problem, l2, prior, best);
    const SolverResult result = solve_lbfgs(sample.problem, options, with_threads(2));
    check(result.status == SolverStatus::ok, name + ": status " + result.message);
    check(std::fabs(result.loss - best) <= 1e-6 * std::fabs(best), name + ": loss");
    check(distance(result.weights, w) <= 1e-3 * norm(w), name + ": W");
    std::vector<double> g(w.size()), at(result.weights.begin(), result.weights.end());
    loss_and_gradient_reference(sample.problem, at.data(), l2, prior, g.data());
    check(norm(g) < 2e-4, name + ": gradient at W");
}

void optimum() {
    Sample plain(300, 6, 3);
    lbfgs_finds_the_optimum(plain, 1e-2, nullptr, "plain");
    Sample weighted(300, 6, 3, 2);
    lbfgs_finds_the_optimum(weighted.weighted().biased(), 1e-2, nullptr, "weights and bias");
    Sample pulled(200, 5, 4, 3);
    const std::vector<float> prior = some_rows(pulled.size(), 1.0F);
    lbfgs_finds_the_optimum(pulled, 5e-2, prior.data(), "prior");
    Sample one_tool(200, 4, 1, 4);
    lbfgs_finds_the_optimum(one_tool, 1e-2, nullptr, "one tool");
    Sample one_step(1, 4, 2, 6, 1.0);
    lbfgs_finds_the_optimum(one_step, 1e-1, nullptr, "one step");
    Sample reranker(300, 6, 5, 8);
    const std::vector<float> head_rows = some_rows(reranker.size(), 0.5F);
    lbfgs_finds_the_optimum(reranker.weighted().listed(false), 1e-2, head_rows.data(), "candidates alone");
    Sample both(300, 6, 3, 9);
    lbfgs_finds_the_optimum(both.weighted().biased().listed(true), 1e-2, nullptr, "candidates and tokens");
    Sample no_tool_step(50, 4, 2, 6, 0.0);
    lbfgs_finds_the_optimum(no_tool_step, 1e-1, nullptr, "no tool step");
}

// Few tool steps among many, so that the rounds on bending steps run.
void rounds_on_bending_steps(bool listed) {
    Sample sample(6000, 24, 5, 9, 0.03);
    if (listed)
        sample.listed(true);
    for (std::size_t i = 0; i < sample.target.size(); ++i) {
        sample.log_sum_exp[i] = 14 + 6 * (sample.log_sum_exp[i] - 4);
        sample.target_logit[i] = sample.log_sum_exp[i] - 1;
        if (sample.target[i] >= 0)
            sample.hidden[i * 24 + 10 + static_cast<std::size_t>(sample.target[i])] += 4;
    }
    LbfgsOptions options;
    options.gradient_tolerance = 1e-6;
    options.loss_tolerance = 0;
    options.max_iterations = 2000;
    SolverResult results[3];
    for (int threads = 1; threads <= 3; ++threads)
        results[threads - 1] = solve_lbfgs(sample.problem, options, with_threads(threads));
    check(results[0].converged, "rounds converge");
    check(results[0].evaluations < results[0].iterations, "most iterations run on bending steps");
    check(results[0].weights == results[1].weights && results[0].weights == results[2].weights,
          "1, 2 and 3 threads give the same W");
    const std::vector<double> at(results[0].weights.begin(), results[0].weights.end());
    std::vector<double> g(at.size());
    const double loss = loss_and_gradient_reference(sample.problem, at.data(), options.l2, nullptr, g.data());
    check(close(loss, results[0].loss, 1e-6), "the reported loss is the joint loss");
    check(close(norm(g), results[0].gradient_norm, 0.2) || norm(g) < 1e-6, "the reported gradient norm");

    options.start = results[0].weights.data();
    const SolverResult again = solve_lbfgs(sample.problem, options, with_threads(2));
    check(again.iterations <= 2, "a start at the optimum stays there");
}

void progress_and_cancel() {
    Sample sample(2000, 16, 4, 11);
    std::atomic<bool> cancel{false};
    SolverRun run = with_threads(2);
    run.cancel = &cancel;
    std::size_t seen = 0;
    double last = std::numeric_limits<double>::infinity();
    bool falling = true;
    run.progress = [&](const SolverProgress & progress) {
        falling = falling && progress.loss <= last * (1 + 1e-7);
        last = progress.loss;
        seen = progress.iteration;
        if (seen >= 3)
            cancel = true;
    };
    const SolverResult stopped = solve_lbfgs(sample.problem, {}, run);
    check(stopped.status == SolverStatus::cancelled, "L-BFGS cancelled");
    check(seen == 3 && stopped.iterations == 3, "L-BFGS stops at once");
    check(falling, "the loss falls");
    check(stopped.weights.size() == sample.size(), "cancelled with the best W so far");
    check(close(stopped.loss, last, 1e-12), "cancelled with its loss");

    cancel = false;
    AdamOptions options;
    options.epochs = 10;
    const SolverResult adam = solve_adam(sample.problem, options, run);
    check(adam.status == SolverStatus::cancelled && adam.iterations == 3, "Adam cancelled");
    const SolverResult before = solve_lbfgs(sample.problem, {}, run);
    check(before.status == SolverStatus::cancelled && before.iterations == 0, "cancelled before the start");
}

// Tools that are nobody's candidates stay at the prior; the others do not see them.
void tools_without_a_step() {
    Sample sample(200, 5, 4, 33);
    sample.listed(false);
    for (std::int32_t & target : sample.target)
        target %= 2;
    sample.candidate_start = {0};
    sample.candidates.clear();
    for (int i = 0; i < 200; ++i) {
        sample.candidates.insert(sample.candidates.end(), {0, 1});
        sample.candidate_start.push_back(2 * i + 2);
    }
    sample.problem.candidate_start = sample.candidate_start.data();
    sample.problem.candidates = sample.candidates.data();
    const std::vector<float> prior = some_rows(sample.size(), 1.0F);
    LbfgsOptions options;
    options.prior = prior.data();
    const SolverResult result = solve_lbfgs(sample.problem, options, with_threads(1));
    check(std::equal(prior.begin() + 10, prior.end(), result.weights.begin() + 10),
          "tools without a step stay at the prior");
    sample.problem.tools = 2;
    const SolverResult alone = solve_lbfgs(sample.problem, options, with_threads(2));
    check(std::equal(alone.weights.begin(), alone.weights.end(), result.weights.begin()),
          "tools without a step change nothing");
}

void switched_off_tool() {
    Sample sample(200, 4, 3, 19);
    for (std::int32_t & target : sample.target)
        target = target == 1 ? 0 : target;
    sample.biased();
    sample.bias[1] = -std::numeric_limits<float>::infinity();
    const SolverResult result = solve_lbfgs(sample.problem, {}, with_threads(1));
    check(result.status == SolverStatus::ok && std::isfinite(result.loss), "a tool may be switched off");
    check(std::all_of(&result.weights[4], &result.weights[8], [](float w) { return w == 0; }),
          "a tool that is switched off learns nothing");
    sample.target[0] = 1;
    check(solve_lbfgs(sample.problem, {}, with_threads(1)).status == SolverStatus::invalid_argument,
          "a target that is switched off is refused");
}

void extreme_logits() {
    Sample sample(64, 4, 3, 17, 0.5);
    for (std::size_t i = 0; i < sample.log_sum_exp.size(); ++i)
        sample.log_sum_exp[i] = sample.target_logit[i] = i % 2 == 0 ? 1e4F : -1e4F;
    const SolverResult result = solve_lbfgs(sample.problem, {}, with_threads(1));
    check(result.status == SolverStatus::ok && std::isfinite(result.loss), "extreme logits are solved");
}

} // namespace

int main() {
    optimum();
    rounds_on_bending_steps(false);
    rounds_on_bending_steps(true);
    tools_without_a_step();
    progress_and_cancel();
    extreme_logits();
    switched_off_tool();
    return report();
}
