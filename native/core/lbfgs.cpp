#include "lbfgs.h"

#include "lbfgs_descent.h"
#include "softmax_loss.h"
#include "step_subset.h"
#include "vector_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <utility>

namespace toolken {

namespace {

// Of a large head: x, g and what a line search needs are floats, the history is bf16 and short, there are no
// rounds. Together with the packed W that is 36 bytes per weight instead of about 150.
constexpr std::size_t LARGE_HISTORY = 3;

constexpr double ROUNDING = 1e-8; // of the loss, relative: float dot products, double sums

// Few steps bend the loss: at the optimum of a FuncQA head (SmolLM2-135M) 5 % of the steps carry 95 % of
// sum_k p (1 - p). After a few full iterations the search runs on those alone; the others enter by their
// gradient. Measured there, 18,432 steps, processor time to the same loss: 2.0 s with full iterations alone,
// 0.54 s so. (One d x d Cholesky preconditioner from h^T D h, shared by the tools, saved a quarter of the
// iterations only.)
constexpr std::size_t FULL_ITERATIONS = 6; // before the first round on bending steps
constexpr std::size_t ROUND_ITERATIONS = 15;
constexpr double ROUND_REDUCTION = 0.05; // of the gradient's norm; then the other steps are due
constexpr double COVERED = 0.97;         // of the curvature
constexpr double WORTHWHILE = 0.4;       // rounds on more than this share of the steps save nothing

double weight_sum(const HeadProblem & problem) {
    if (problem.weight == nullptr)
        return static_cast<double>(problem.steps);
    return std::accumulate(problem.weight, problem.weight + problem.steps, 0.0);
}

template <class Real, class Stored> class Lbfgs {
    using Vector = std::vector<Real>;
    static constexpr bool LARGE_HEAD = std::is_same_v<Real, float>;

  public:
    Lbfgs(const HeadProblem & problem, const LbfgsOptions & options, const SolverRun & run)
        : problem_(problem), options_(options), run_(run), size_(problem.tools * problem.dimension),
          pool_(run.threads), loss_(problem, pool_, run.cancel), arithmetic_(pool_, size_),
          descent_(arithmetic_, LARGE_HEAD ? std::min(options.history, LARGE_HISTORY) : options.history,
                   size_) {}

  private:
    auto full_objective() {
        return [this](const Vector & x, Vector & g) { return full(x, g); };
    }
    auto cancelled() const {
        return [this] { return loss_.cancelled(); };
    }

  public:
    SolverResult solve() {
        at_.x.resize(size_);
        at_.g.resize(size_);
        const float * start = options_.start != nullptr ? options_.start : options_.prior;
        if (start != nullptr)
            std::copy_n(start, size_, at_.x.begin());
        at_.f = full(at_.x, at_.g);
        if (loss_.cancelled())
            return finish(SolverStatus::cancelled);
        if (!std::isfinite(at_.f)) {
            result_.status = SolverStatus::not_finite;
            result_.message = "The loss at the start is not finite: its logits leave float's range";
            return std::move(result_);
        }
        at_.norm = std::sqrt(arithmetic_.dot(at_.g, at_.g));
        const double wanted_norm = options_.gradient_tolerance * gradient_scale();

        int small_steps = 0;
        while (at_.norm > wanted_norm && result_.iterations < options_.max_iterations) {
            const double before = at_.f;
            const bool fresh = descent_.fresh();
            const bool round =
                !LARGE_HEAD && result_.iterations >= FULL_ITERATIONS && !fresh && choose_bending_steps();
            bool moved = round && solve_bending_steps();
            if (!moved && !loss_.cancelled()) {
                moved = descent_.step(at_, full_objective(), cancelled());
                if (moved)
                    ++result_.iterations;
            }
            if (loss_.cancelled())
                return finish(SolverStatus::cancelled);
            if (!moved) {
                if (!fresh)
                    continue; // once more along the gradient
                return finish(SolverStatus::ok, at_.norm * at_.norm <= ROUNDING * std::fabs(at_.f));
            }
            if (run_.progress)
                run_.progress({result_.iterations, at_.f, at_.norm});
            if (loss_.cancelled())
                return finish(SolverStatus::cancelled);
            small_steps = before - at_.f <= options_.loss_tolerance * std::fabs(at_.f) ? small_steps + 1 : 0;
            if (small_steps == 2)
                return finish(SolverStatus::ok, true);
        }
        return finish(SolverStatus::ok, at_.norm <= wanted_norm);
    }

  private:
    double full(const Vector & x, Vector & g) {
        ++result_.evaluations;
        const double loss = loss_.evaluate(x.data(), g.data());
        return loss + add_penalty(x, g);
    }

    // (l2 / 2) ||x - W0||^2; adds its gradient to g.
    double add_penalty(const Vector & x, Vector & g) {
        if (options_.l2 == 0)
            return 0;
        arithmetic_.add(g, options_.l2, x);
        if (options_.prior == nullptr)
            return 0.5 * options_.l2 * arithmetic_.dot(x, x);
        arithmetic_.add(g, -options_.l2, Rows{options_.prior});
        const Difference away{x.data(), options_.prior};
        return 0.5 * options_.l2 * arithmetic_.dot(away, away);
    }

    // ||(1 / sum w) sum over tool steps of w_i h_i||, tool by tool: the pull that the optimum balances.
    double gradient_scale() {
        const std::size_t d = problem_.dimension;
        Vector pull(size_, Real{0});
        for (std::size_t i = 0; i < problem_.steps; ++i) {
            if (problem_.target[i] < 0)
                continue;
            const double w = problem_.weight == nullptr ? 1.0 : static_cast<double>(problem_.weight[i]);
            Real * to = pull.data() + static_cast<std::size_t>(problem_.target[i]) * d;
            for (std::size_t j = 0; j < d; ++j)
                to[j] += static_cast<Real>(w * static_cast<double>(problem_.hidden[i * d + j]));
        }
        const double scale = std::sqrt(arithmetic_.dot(pull, pull)) / weight_sum(problem_);
        return scale > 0 ? scale : at_.norm;
    }

    // The fewest steps that carry COVERED of the curvature at the last full evaluation, and all tool steps.
    // False when they are too many to save anything.
    bool choose_bending_steps() {
        const std::vector<float> & curvature = loss_.curvature();
        std::vector<std::uint32_t> order(problem_.steps);
        std::iota(order.begin(), order.end(), 0U);
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return curvature[a] != curvature[b] ? curvature[a] > curvature[b] : a < b;
        });
        double rest = std::accumulate(curvature.begin(), curvature.end(), 0.0) * COVERED;
        bending_.clear();
        for (const std::uint32_t i : order) {
            if (rest > 0 || problem_.target[i] >= 0)
                bending_.push_back(i);
            rest -= static_cast<double>(curvature[i]);
        }
        std::sort(bending_.begin(), bending_.end());
        return !bending_.empty() &&
               static_cast<double>(bending_.size()) <= WORTHWHILE * static_cast<double>(problem_.steps);
    }

    // Minimises share * loss of the bending steps + <c, x> + penalty, where c makes the gradient at the start
    // that of all steps. The way to its minimum goes down on the true loss too (equal gradients, convexity).
    bool solve_bending_steps() {
        const StepSubset subset(problem_, bending_, pool_);
        SoftmaxLoss loss(subset.problem(), pool_, run_.cancel);
        const double share = weight_sum(subset.problem()) / weight_sum(problem_);
        if (!(share > 0))
            return false;
        Vector others(size_, Real{0}); // c
        const auto objective = [&](const Vector & x, Vector & g) {
            const double f = share * loss.evaluate(x.data(), g.data());
            arithmetic_.each_part([&](std::size_t, std::size_t first, std::size_t end) {
                for (std::size_t j = first; j < end; ++j)
                    g[j] = static_cast<Real>(share * static_cast<double>(g[j])) + others[j];
            });
            return f + arithmetic_.dot(others, x) + add_penalty(x, g);
        };
        LbfgsPoint<Real> inner = at_;
        objective(inner.x, inner.g);
        if (loss.cancelled())
            return false;
        for (std::size_t j = 0; j < size_; ++j)
            others[j] = at_.g[j] - inner.g[j];
        inner.f = objective(inner.x, inner.g);
        const std::size_t last = std::min(result_.iterations + ROUND_ITERATIONS, options_.max_iterations);
        while (result_.iterations < last && inner.norm > ROUND_REDUCTION * at_.norm) {
            if (!descent_.step(inner, objective, cancelled()))
                break;
            ++result_.iterations;
        }
        if (loss.cancelled())
            return false;
        return descent_.step_to(at_, inner.x, full_objective(), cancelled());
    }

    SolverResult finish(SolverStatus status, bool converged = false) {
        result_.status = status;
        result_.converged = converged;
        if constexpr (LARGE_HEAD)
            result_.weights = std::move(at_.x);
        else
            result_.weights.assign(at_.x.begin(), at_.x.end());
        result_.loss = at_.f;
        result_.gradient_norm = at_.norm;
        return std::move(result_);
    }

    struct Rows {
        const float * rows;
        float operator[](std::size_t j) const { return rows[j]; }
    };
    struct Difference {
        const Real * x;
        const float * rows;
        double operator[](std::size_t j) const {
            return static_cast<double>(x[j]) - static_cast<double>(rows[j]);
        }
    };

    const HeadProblem & problem_;
    const LbfgsOptions & options_;
    const SolverRun & run_;
    std::size_t size_;
    WorkerPool pool_;
    SoftmaxLoss loss_;
    VectorArithmetic arithmetic_;
    LbfgsDescent<Real, Stored> descent_;
    LbfgsPoint<Real> at_;
    std::vector<std::uint32_t> bending_;
    SolverResult result_;
};

std::string check_options(const LbfgsOptions & o) {
    const auto wrong = [](const char * name, double value) {
        return std::string("Expected at least 0 for ") + name + " but received " + std::to_string(value);
    };
    if (!(o.l2 >= 0) || !std::isfinite(o.l2))
        return wrong("l2", o.l2);
    if (!(o.gradient_tolerance >= 0))
        return wrong("gradient_tolerance", o.gradient_tolerance);
    if (!(o.loss_tolerance >= 0))
        return wrong("loss_tolerance", o.loss_tolerance);
    return {};
}

} // namespace

SolverResult solve_lbfgs(const HeadProblem & problem, const LbfgsOptions & options, const SolverRun & run) {
    return solve_checked(problem, run.threads, check_options(options), {options.prior, options.start}, [&] {
        return problem.tools * problem.dimension < options.large_from
                   ? Lbfgs<double, float>(problem, options, run).solve()
                   : Lbfgs<float, Bf16>(problem, options, run).solve();
    });
}

} // namespace toolken
