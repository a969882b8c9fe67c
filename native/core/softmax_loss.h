// The training loss and its gradient over all steps: one pass over h per evaluation, in blocks that stay in
// cache.
#pragma once

#include "softmax_kernels.h"
#include "solver.h"
#include "worker_pool.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace toolken {

// Evaluates the data term of solver.h: the weighted mean, without the L2 term.
// The problem must have passed the checks of solve_checked(). Constructors and functions may throw
// std::bad_alloc.
class SoftmaxLoss {
  public:
    SoftmaxLoss(const HeadProblem & problem, WorkerPool & pool, const std::atomic<bool> * cancel,
                const SoftmaxKernels & kernels = softmax_kernels());

    // weights: (K, d); gradient: (K, d), overwritten. The same on any number of threads. Real: float or
    // double. NaN when z = W h would leave float's range. Meaningless when cancelled() turned true.
    template <class Real> double evaluate(const Real * weights, Real * gradient);

    // The same over the listed steps alone.
    template <class Real>
    double evaluate(const Real * weights, Real * gradient, const std::uint32_t * steps, std::size_t count);

    bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }

    // Curvature per step at the last evaluate() over all steps: max_k w_i p_ik (1 - p_ik) or less, (N).
    const std::vector<float> & curvature() const { return curvature_; }

  private:
    struct Scratch {                     // one per worker
        std::vector<double> score;       // of a step with candidates: (candidates)
        std::vector<float> hidden;       // gathered steps, where a list was given
        std::vector<float> probability;  // (block, columns)
        std::vector<std::uint32_t> rows; // of the block: those that move the gradient
    };
    struct Chunk { // a fixed share of the steps; summed up in order
        double loss = 0;
        double weight = 0;
        std::vector<float> gradient; // (K, d)
    };

    struct StepLoss {
        double loss = 0;    // of the step, weighted
        double weight = 0;  // of the step
        bool moves = false; // its gradient is more than rounding
    };

    template <class Real> void pack(const Real * weights);
    // h (count, d) of the steps: where they are, or gathered.
    const float * gather(Scratch & scratch, const std::uint32_t * steps, std::size_t first,
                         std::size_t count) const;
    // A row of z (columns) becomes w (p - [target]).
    StepLoss residuals(float * row, std::size_t step, bool keep_curvature);
    void add_block(Chunk & chunk, Scratch & scratch, const std::uint32_t * steps, std::size_t first,
                   std::size_t count);
    // The same for a head of many tools, with all threads on one block: each has some of the tools.
    void add_large_block(Chunk & chunk, float * gradient, const std::uint32_t * steps, std::size_t first,
                         std::size_t count);
    // The same for steps with candidates, which are few: only their rows of W (K, d) are read and moved.
    template <class Real>
    void add_listed_block(Chunk & chunk, Scratch & scratch, const Real * weights, const std::uint32_t * steps,
                          std::size_t first, std::size_t count);
    template <class Real>
    void evaluate_large(Chunk & chunk, Real * gradient, const std::uint32_t * steps, std::size_t count);

    const HeadProblem & problem_;
    WorkerPool & pool_;
    const std::atomic<bool> * cancel_;
    const SoftmaxKernels & kernels_;
    std::size_t columns_; // K rounded up to whole vectors
    std::size_t block_;   // rows per block
    std::size_t max_chunks_;
    bool large_;               // threads share the tools of a block, not the steps
    float largest_hidden_ = 0; // max |h|
    float largest_weight_ = 0; // max |W| of the packed W
    float mean_weight_ = 1;
    std::vector<float> packed_; // W, transposed in panels
    std::vector<float> bias_;   // (columns), -inf past K
    std::vector<Scratch> scratch_;
    std::vector<Chunk> chunks_;
    std::vector<float> curvature_;
};

// The slow, obvious double-precision version of the whole of solver.h's loss, the L2 term included.
// weights, gradient, prior: (K, d); prior null: zeros.
double loss_and_gradient_reference(const HeadProblem & problem, const double * weights, double l2,
                                   const float * prior, double * gradient);

} // namespace toolken
