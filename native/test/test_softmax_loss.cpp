// Checks the training loss and its gradient against a slow reference, and that against finite differences.
#include "check.h"
#include "core/softmax_loss.h"
#include "solver_sample.h"

#include <cmath>
#include <string>
#include <vector>

using namespace toolken;

namespace {

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
    std::vector<double> vast(sample.size(), 1e38);
    SoftmaxLoss loss(sample.problem, pool, nullptr);
    check(std::isnan(loss.evaluate(vast.data(), g.data())), "beyond float's range the loss is NaN");
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
    extreme_logits();
    return report();
}
