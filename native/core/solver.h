// The convex problem of training a tool head or a reranker, with the types that its solvers share.
//
// Shapes: N steps, d hidden size, K tools; every matrix is row-major and dense.
//   tool logits  z_i = W h_i + b                                  W: (K, d), h: (N, d), b: (K)
//   loss(W)      = (1 / sum_i w_i) sum_i w_i (logsumexp([lse_i, z_i]) - y_i) + (l2 / 2) ||W - W0||^2
//   gradient_k   = (1 / sum_i w_i) sum_i w_i (p_ik - [target_i = k]) h_i + l2 (W_k - W0_k)
//   p_ik         = exp(z_ik - logsumexp([lse_i, z_i]))
// lse_i is the logsumexp of the vocabulary's logits: with the model frozen the whole vocabulary is one fixed
// class, so this is a softmax regression (ToolkenGPT, arXiv 2305.11554, with the head solved exactly).
// A reranker (Toolken+, arXiv 2410.12004) is the same without the vocabulary, its rows those of tools and
// REJ, where only the step's candidates take part: z_ik = -inf for all others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace toolken {

// The steps to learn from. Every pointer is borrowed and must outlive the call.
struct HeadProblem {
    std::size_t steps = 0;     // N >= 1
    std::size_t dimension = 0; // d >= 1
    std::size_t tools = 0;     // K >= 1

    const float * hidden = nullptr;        // h: (N, d), the hidden state after the final norm
    const float * log_sum_exp = nullptr;   // lse: (N), logsumexp of the vocabulary's logits; null: there is
                                           // no vocabulary, and every target is a tool
    const std::int32_t * target = nullptr; // (N): a tool 0..K-1, or -1 for a token
    const float * target_logit = nullptr;  // (N): the token's logit, read where target = -1. Moves the loss
                                           // < by a constant, never the optimum; null counts as zeros
    const float * weight = nullptr;        // w: (N), >= 0, not all zero; null counts as ones
    const float * bias = nullptr;          // b: (K), fixed; -inf switches a tool off; null counts as zeros

    // Candidates of step i: candidates[candidate_start[i]] to before candidates[candidate_start[i + 1]],
    // strictly ascending, a tool that is the target among them. Both null: every tool, at every step.
    const std::int32_t * candidate_start = nullptr; // (N + 1)
    const std::int32_t * candidates = nullptr;
};

enum class SolverStatus {
    ok,               // W is the best point found; see `converged`
    cancelled,        // W is the best point found before the cancel flag was seen
    invalid_argument, // the problem or an option is not acceptable; W is empty
    not_finite,       // a NaN or infinity in the input, or the loss left float's range; W is empty
    out_of_memory,    // W is empty
};

// Called on the solving thread after each iteration (L-BFGS) or epoch (Adam).
struct SolverProgress {
    std::size_t iteration = 0; // 1-based iteration or epoch
    double loss = 0;           // see the solver
    double gradient_norm = 0;  // Euclidean, over all K d entries
};

// What a solver needs from its caller.
struct SolverRun {
    int threads = 1;                            // >= 1; the result does not depend on it
    const std::atomic<bool> * cancel = nullptr; // looked at before every block of steps
    std::function<void(const SolverProgress &)> progress;
};

struct SolverResult {
    SolverStatus status = SolverStatus::ok;
    std::string message; // what was expected and what was found, when status is an error

    std::vector<float> weights;  // W: (K, d)
    double loss = 0;             // at W
    double gradient_norm = 0;    // at W
    std::size_t iterations = 0;  // L-BFGS iterations, or Adam epochs that were finished
    std::size_t evaluations = 0; // passes over all steps
    bool converged = false;      // a tolerance was met (L-BFGS only)
};

// Rows of a head, (K, d), that a caller passes; null where it passes none.
struct SolverRows {
    const float * prior = nullptr;
    const float * start = nullptr;
};

// What every solver begins with: checks shapes, targets, candidates, weights, that the rows and everything
// else are finite (one pass over h), then solves. `wrong_option` is what is wrong with the solver's own
// options, or empty. Running out of memory is a result.
SolverResult solve_checked(const HeadProblem & problem, int threads, const std::string & wrong_option,
                           const SolverRows & rows, const std::function<SolverResult()> & solve);

} // namespace toolken
