// Adam over shuffled minibatches: only for comparison with published runs, whose heads were trained so.
#pragma once

#include "solver.h"

namespace toolken {

// Adam (Kingma & Ba, arXiv 1412.6980), in the order of operations of torch.optim.Adam.
struct AdamOptions {
    double learning_rate = 1e-3;
    std::size_t epochs = 3;
    std::size_t batch_size = 64;
    std::uint64_t seed = 0; // of the shuffles; the order is the same on every platform
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;       // pulls towards the prior
    bool decoupled = false;        // false: added to the gradient (torch.optim.Adam); true: AdamW
    const float * prior = nullptr; // W0: (K, d); null: zeros
    const float * start = nullptr; // (K, d); null: the prior
};

// Each batch's loss is its weighted mean (as torch's cross_entropy); the last batch of an epoch may be
// smaller. Progress reports the mean of the epoch's batch losses and the last batch's gradient norm; the
// result's loss and gradient are those of all steps at the final W. Neither includes weight decay.
SolverResult solve_adam(const HeadProblem & problem, const AdamOptions & options, const SolverRun & run);

} // namespace toolken
