// The choice of threads on simulated machines: what its steps cost against always the best number.
#include "check.h"
#include "core/adaptive_threads.h"

#include <functional>
#include <map>

using namespace toolken;

namespace {

// Seconds of a step with this number of threads.
using Cost = std::function<double(int)>;

// Seconds for the steps, as a share of what the fastest number of threads takes.
double run(AdaptiveThreads & threads, const Cost & cost, int max, int steps) {
    double best = cost(1);
    for (int n = 2; n <= max; ++n) {
        best = std::min(best, cost(n));
    }
    double seconds = 0;
    for (int i = 0; i < steps; ++i) {
        const double took = cost(threads.threads());
        threads.took(took);
        seconds += took;
    }
    return seconds / (best * steps);
}

Cost costs(double scale, const std::map<int, double> & of) {
    return [=](int n) { return scale * of.at(n); };
}

void two_cores() {
    // Qwen2.5-Coder-0.5B, SmolLM2-135M and a tiny model: quiet, and with one busy loop.
    for (const double scale : {29e-3, 13e-3, 0.5e-3}) {
        const auto quiet = costs(scale, {{1, 1.75}, {2, 1.0}});
        const auto busy = costs(scale, {{1, 1.75}, {2, 3.5}});
        AdaptiveThreads threads(2);
        check(run(threads, quiet, 2, 2000) < 1.02, "nothing is lost on a quiet machine");
        check(run(threads, busy, 2, 1000) < 1.1, "one thread on a busy machine");
        check(threads.threads() == 1 || run(threads, busy, 2, 64) < 1.2, "it stays at one");
        run(threads, quiet, 2, 4000);
        check(run(threads, quiet, 2, 1000) < 1.02, "two again when the machine is quiet");
        AdaptiveThreads late(2);
        run(late, busy, 2, 400);
        check(run(late, busy, 2, 1000) < 1.1, "busy from the beginning");
    }
}

void eight_cores() {
    const std::map<int, double> quiet = {{8, 1.0}, {7, 1.12}, {6, 1.3}, {5, 1.5},
                                         {4, 1.8}, {3, 2.5},  {2, 3.5}, {1, 7}};
    auto busy = quiet;
    busy[8] = 4;
    AdaptiveThreads threads(8);
    check(run(threads, costs(5e-3, quiet), 8, 2000) < 1.02, "all cores of a quiet machine");
    run(threads, costs(5e-3, busy), 8, 100);
    check(run(threads, costs(5e-3, busy), 8, 2000) < 1.1, "all but the busy one");
    auto busier = busy;
    busier[7] = busier[6] = busier[5] = 4;
    run(threads, costs(5e-3, busier), 8, 200);
    check(run(threads, costs(5e-3, busier), 8, 2000) < 1.1, "half of the cores");
    run(threads, costs(5e-3, quiet), 8, 1000);
    check(run(threads, costs(5e-3, quiet), 8, 2000) < 1.02, "and all again");
}

// Attention to a longer context takes longer: that alone is no reason to change.
void growing_context() {
    AdaptiveThreads threads(2);
    double on_one = 0;
    for (int i = 0; i < 8000; ++i) {
        const double cost = 10e-3 * (1 + i / 8000.0);
        const int n = threads.threads();
        on_one += n == 1 ? 1 : 0;
        threads.took(n == 1 ? 1.75 * cost : cost);
    }
    check(on_one < 80, "a growing context keeps its threads");
}

} // namespace

int main() {
    two_cores();
    eight_cores();
    growing_context();
    AdaptiveThreads one(1);
    one.took(1);
    check(one.threads() == 1, "one thread has no choice");
    return report();
}
