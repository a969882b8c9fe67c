// Full-batch quasi-Newton: the head's optimum without a learning rate or epochs, the same on every run.
#pragma once

#include "solver.h"

namespace toolken {

struct LbfgsOptions {
    double l2 = 1e-4;                 // >= 0
    const float * prior = nullptr;    // W0: (K, d), the rows that the L2 term pulls towards; null: zeros
    const float * start = nullptr;    // (K, d), where the search starts; null: the prior
    std::size_t max_iterations = 300; // most of them on a tenth of the steps, so they are cheap
    double gradient_tolerance = 1e-5; // stop at ||g|| <= this * ||(1/sum w) sum_tool steps w_i h_i||
    double loss_tolerance = 1e-7;     // stop when twice running the loss falls by less than this * |loss|
    std::size_t history = 10;         // pairs kept; memory 8 K d bytes each
    // From this many weights K d on the search takes about 40 bytes per weight instead of 150: floats, and a
    // history of three pairs at most. It then needs more iterations.
    std::size_t large_from = std::size_t{16} << 20U;
};

// Minimises the loss of solver.h. `SolverProgress::loss` and the result's loss include the L2 term.
SolverResult solve_lbfgs(const HeadProblem & problem, const LbfgsOptions & options, const SolverRun & run);

} // namespace toolken
