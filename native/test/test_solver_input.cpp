// What the solvers refuse.
#include "check.h"
#include "core/adam.h"
#include "core/lbfgs.h"
#include "solver_sample.h"

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using namespace toolken;

namespace {

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
    bad_input();
    return report();
}
