// Checks Adam against its formula and the exact optimum.
#include "check.h"
#include "core/adam.h"
#include "core/lbfgs.h"
#include "core/softmax_loss.h"
#include "solver_sample.h"

#include <cmath>
#include <vector>

using namespace toolken;

namespace {

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

} // namespace

int main() {
    adam_follows_the_formula(false);
    adam_follows_the_formula(true);
    adam_nears_the_optimum();
    return report();
}
