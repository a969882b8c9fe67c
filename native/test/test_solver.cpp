// Checks the solvers of heads and rerankers against a slow reference, finite differences and each other.
#include "core/adam.h"
#include "core/lbfgs.h"
#include "core/softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace toolken;

namespace {

int passed = 0, failed = 0;

void check(bool good, const std::string & what) {
    ++(good ? passed : failed);
    if (!good)
        std::printf("failed: %s\n", what.c_str());
}

bool close(double a, double b, double relative) {
    return std::fabs(a - b) <= relative * std::max({1e-300, std::fabs(a), std::fabs(b)});
}

double norm(const std::vector<double> & v) {
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

std::vector<float> some_rows(std::size_t size, float scale, unsigned seed = 7) {
    std::mt19937 random(seed);
    std::vector<float> rows;
    for (std::size_t j = 0; j < size; ++j)
        rows.push_back(scale * (static_cast<float>(random() % 2001) / 1000.0F - 1.0F));
    return rows;
}

SolverRun with_threads(int threads) {
    SolverRun run;
    run.threads = threads;
    return run;
}

void reference_agrees_with_finite_differences(Sample & sample) {
    sample.weighted().biased();
    const std::vector<float> prior = some_rows(sample.size(), 0.2F, 3);
    const std::vector<float> rows = some_rows(sample.size(), 0.5F);
    std::vector<double> w(rows.begin(), rows.end()), g(w.size()), ignored(w.size());
    loss_and_gradient_reference(sample.problem, w.data(), 0.1, prior.data(), g.data());
    for (std::size_t j = 0; j < w.size(); ++j) {
        constexpr double STEP = 1e-5;
        std::vector<double> up = w, down = w;
        up[j] += STEP;
        down[j] -= STEP;
        const double slope =
            (loss_and_gradient_reference(sample.problem, up.data(), 0.1, prior.data(), ignored.data()) -
             loss_and_gradient_reference(sample.problem, down.data(), 0.1, prior.data(), ignored.data())) /
            (2 * STEP);
        check(std::fabs(slope - g[j]) < 1e-7, "gradient entry " + std::to_string(j));
    }
}

enum class Outcomes { all, listed, listed_without_vocabulary, without_vocabulary };

void fast_agrees_with_reference(std::size_t steps, std::size_t d, std::size_t tools, float scale,
                                Outcomes outcomes = Outcomes::all) {
    Sample sample(steps, d, tools, 5);
    sample.weighted().biased();
    if (outcomes != Outcomes::all)
        sample.listed(outcomes == Outcomes::listed);
    if (outcomes == Outcomes::without_vocabulary)
        sample.problem.candidate_start = sample.problem.candidates = nullptr;
    const std::vector<float> rows = some_rows(sample.size(), scale);
    const std::vector<double> w(rows.begin(), rows.end());
    std::vector<double> g(w.size()), expected(w.size());
    const double expected_loss =
        loss_and_gradient_reference(sample.problem, w.data(), 0, nullptr, expected.data());
    WorkerPool pool(2);
    for (const SoftmaxKernels * kernels : softmax_kernels_runnable()) {
        SoftmaxLoss loss(sample.problem, pool, nullptr, *kernels);
        const double value = loss.evaluate(w.data(), g.data());
        const std::string name = std::string(kernels->name) + " " + std::to_string(steps) + " x " +
                                 std::to_string(d) + " x " + std::to_string(tools);
        check(close(value, expected_loss, 1e-5), "loss of " + name);
        check(distance(g, expected) <= 2e-5 * norm(expected), "gradient of " + name);

        std::vector<std::uint32_t> every; // the same steps in another order, by a list
        for (std::size_t i = steps; i-- > 0;)
            every.push_back(static_cast<std::uint32_t>(i));
        const double listed = loss.evaluate(w.data(), g.data(), every.data(), every.size());
        check(close(listed, expected_loss, 1e-5), "loss by list of " + name);
        check(distance(g, expected) <= 2e-5 * norm(expected), "gradient by list of " + name);
    }
}

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

void adam_follows_the_formula(bool listed) {
    Sample sample(7, 3, 2, 21, 0.5);
    if (listed)
        sample.listed(false);
    AdamOptions options;
    options.batch_size = 100; // one batch per epoch: the order does not matter
    options.epochs = 5;
    options.learning_rate = 0.05;
    options.weight_decay = 0.1;
    for (const bool decoupled : {false, true}) {
        options.decoupled = decoupled;
        std::vector<double> w(6, 0.0), g(6), m(6, 0.0), v(6, 0.0);
        for (int t = 1; t <= 5; ++t) {
            loss_and_gradient_reference(sample.problem, w.data(), decoupled ? 0 : 0.1, nullptr, g.data());
            for (std::size_t j = 0; j < 6; ++j) {
                if (decoupled)
                    w[j] *= 1 - 0.05 * 0.1;
                m[j] = 0.9 * m[j] + 0.1 * g[j];
                v[j] = 0.999 * v[j] + 0.001 * g[j] * g[j];
                w[j] -= 0.05 * (m[j] / (1 - std::pow(0.9, t))) /
                        (std::sqrt(v[j] / (1 - std::pow(0.999, t))) + 1e-8);
            }
        }
        const SolverResult result = solve_adam(sample.problem, options, with_threads(1));
        check(distance(result.weights, w) <= 1e-4 * norm(w), decoupled ? "AdamW" : "Adam");
    }
}

void adam_nears_the_optimum() {
    Sample sample(3000, 8, 4, 13);
    AdamOptions options;
    options.epochs = 30;
    options.learning_rate = 0.01;
    const SolverResult adam = solve_adam(sample.problem, options, with_threads(1));
    LbfgsOptions no_l2;
    no_l2.l2 = 0;
    const SolverResult exact = solve_lbfgs(sample.problem, no_l2, with_threads(1));
    check(adam.loss >= exact.loss - 1e-6 && adam.loss < exact.loss * 1.02, "Adam nears the optimum");
    check(solve_adam(sample.problem, options, with_threads(3)).weights == adam.weights, "Adam on 3 threads");
    options.seed = 1;
    check(solve_adam(sample.problem, options, with_threads(1)).weights != adam.weights, "Adam, another seed");
}

void extreme_logits() {
    Sample sample(64, 4, 3, 17, 0.5);
    for (std::size_t i = 0; i < sample.log_sum_exp.size(); ++i)
        sample.log_sum_exp[i] = sample.target_logit[i] = i % 2 == 0 ? 1e4F : -1e4F;
    std::vector<double> w(sample.size()), g(w.size()), expected(w.size());
    for (std::size_t j = 0; j < w.size(); ++j)
        w[j] = j % 2 == 0 ? 3e3 : -3e3;
    WorkerPool pool(1);
    for (const SoftmaxKernels * kernels : softmax_kernels_runnable()) {
        SoftmaxLoss loss(sample.problem, pool, nullptr, *kernels);
        const double value = loss.evaluate(w.data(), g.data());
        const double wanted =
            loss_and_gradient_reference(sample.problem, w.data(), 0, nullptr, expected.data());
        check(std::isfinite(value) && close(value, wanted, 1e-5),
              std::string("extreme loss ") + kernels->name);
        check(distance(g, expected) <= 1e-3 * norm(expected),
              std::string("extreme gradient ") + kernels->name);
    }
    const SolverResult result = solve_lbfgs(sample.problem, {}, with_threads(1));
    check(result.status == SolverStatus::ok && std::isfinite(result.loss), "extreme logits are solved");
    std::vector<double> vast(sample.size(), 1e38);
    SoftmaxLoss loss(sample.problem, pool, nullptr);
    check(std::isnan(loss.evaluate(vast.data(), g.data())), "beyond float's range the loss is NaN");
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

template <class Spoil> void refused(SolverStatus status, const char * what, const Spoil & spoil) {
    Sample sample(20, 4, 3, 23);
    sample.weighted().biased();
    LbfgsOptions options;
    AdamOptions adam;
    SolverRun run;
    const std::vector<float> broken(sample.size(), std::numeric_limits<float>::quiet_NaN());
    spoil(sample, options, run, broken);
    adam.prior = options.prior;
    adam.start = options.start;
    adam.learning_rate = options.l2 < 0 ? -1 : 0.1;
    for (const SolverResult & result :
         {solve_lbfgs(sample.problem, options, run), solve_adam(sample.problem, adam, run)})
        check(result.status == status && !result.message.empty() && result.weights.empty(), what);
}

void bad_input() {
    using enum SolverStatus;
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    using Rows = std::vector<float>;
    refused(not_finite, "NaN in h",
            [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.hidden.back() = nan; });
    refused(not_finite, "infinity in h",
            [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.hidden[5] = -infinity; });
    refused(not_finite, "NaN in lse",
            [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.log_sum_exp[3] = nan; });
    refused(not_finite, "NaN in target_logit", [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
        s.target[3] = -1;
        s.target_logit[3] = nan;
    });
    refused(not_finite, "NaN weight",
            [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.weight[3] = nan; });
    refused(not_finite, "infinite bias",
            [&](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.bias[2] = infinity; });
    refused(not_finite, "NaN in the prior",
            [](Sample &, LbfgsOptions & o, SolverRun &, const Rows & r) { o.prior = r.data(); });
    refused(not_finite, "NaN in the start",
            [](Sample &, LbfgsOptions & o, SolverRun &, const Rows & r) { o.start = r.data(); });
    refused(invalid_argument, "negative weight",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.weight[3] = -1; });
    refused(invalid_argument, "weights all zero",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.weight.assign(20, 0.0F); });
    refused(invalid_argument, "target beyond the tools",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.target[3] = 3; });
    refused(invalid_argument, "target below -1",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.target[3] = -2; });
    refused(invalid_argument, "a token without a vocabulary",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
                s.listed(false);
                s.target[3] = -1;
            });
    refused(invalid_argument, "a target that is no candidate",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
                s.listed(false);
                const auto first = static_cast<std::size_t>(s.candidate_start[3]);
                s.target[3] = s.candidates[first] == 0 ? 1 : 0;
                for (auto c = first; c < static_cast<std::size_t>(s.candidate_start[4]); ++c)
                    s.candidates[c] = 2;
            });
    refused(
        invalid_argument, "a candidate beyond the tools",
        [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.listed(true).candidates.back() = 3; });
    refused(invalid_argument, "candidates of one step without an order",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
                s.listed(true);
                s.target[0] = -1;
                s.candidate_start[1] = 2;
                s.candidates[0] = s.candidates[1] = 1;
            });
    refused(invalid_argument, "starts that descend",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
                s.listed(true).candidate_start[2] = 1 << 30;
            });
    refused(invalid_argument, "candidates without starts",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) {
                s.listed(true).problem.candidate_start = nullptr;
            });
    refused(invalid_argument, "no steps",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.problem.steps = 0; });
    refused(invalid_argument, "no tools",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.problem.tools = 0; });
    refused(invalid_argument, "no hidden states",
            [](Sample & s, LbfgsOptions &, SolverRun &, const Rows &) { s.problem.hidden = nullptr; });
    refused(invalid_argument, "no threads",
            [](Sample &, LbfgsOptions &, SolverRun & r, const Rows &) { r.threads = 0; });
    refused(invalid_argument, "negative l2 or learning rate",
            [](Sample &, LbfgsOptions & o, SolverRun &, const Rows &) { o.l2 = -1; });
}

} // namespace

int main() {
    for (const bool listed : {false, true})
        for (const bool vocabulary : {false, true}) {
            Sample sample(40, 5, 3);
            if (listed || !vocabulary)
                sample.listed(vocabulary);
            if (!listed)
                sample.problem.candidate_start = sample.problem.candidates = nullptr;
            reference_agrees_with_finite_differences(sample);
        }
    fast_agrees_with_reference(1, 1, 1, 0.5F);
    fast_agrees_with_reference(7, 3, 2, 0.5F);
    fast_agrees_with_reference(500, 37, 13, 0.2F);
    fast_agrees_with_reference(131, 64, 33, 0.2F);
    fast_agrees_with_reference(300, 50, 70, 1.0F);
    fast_agrees_with_reference(700, 150, 1000, 0.1F); // the blocks of large heads
    for (const Outcomes outcomes :
         {Outcomes::listed, Outcomes::listed_without_vocabulary, Outcomes::without_vocabulary}) {
        fast_agrees_with_reference(7, 3, 2, 0.5F, outcomes);
        fast_agrees_with_reference(500, 37, 13, 0.2F, outcomes);
        fast_agrees_with_reference(700, 150, 300, 0.1F, outcomes);
    }
    optimum();
    rounds_on_bending_steps(false);
    rounds_on_bending_steps(true);
    tools_without_a_step();
    progress_and_cancel();
    adam_follows_the_formula(false);
    adam_follows_the_formula(true);
    adam_nears_the_optimum();
    extreme_logits();
    switched_off_tool();
    bad_input();
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
