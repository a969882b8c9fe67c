#include "lbfgs.h"

#include "softmax_loss.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace toolken {

namespace {

// Of a large head: x, g and what a line search needs are floats, the history is bf16 and short, there are no
// rounds. Together with the packed W that is 36 bytes per weight instead of about 150.
constexpr std::size_t LARGE_HISTORY = 3;

constexpr double SUFFICIENT_DECREASE = 1e-4; // Armijo's constant
constexpr double CURVATURE = 0.9;            // weak Wolfe's constant: keeps s.y > 0
constexpr double ROUNDING = 1e-8;            // of the loss, relative: float dot products, double sums
constexpr int MAX_TRIALS = 30;               // of one line search
constexpr int MAX_ROUND_TRIALS = 6; // of the one that ends a round; a full iteration follows when it fails

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

// The upper half of a float's bits, rounded to nearest.
class Bf16 {
  public:
    Bf16() = default;
    explicit Bf16(float value)
        : bits_(static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(value) + 0x8000U) >> 16U)) {}
    operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16U); }

  private:
    std::uint16_t bits_ = 0;
};

// Sums over fixed parts in a fixed order, so that the number of threads changes nothing.
class Arithmetic {
  public:
    Arithmetic(WorkerPool & pool, std::size_t size)
        : pool_(pool), size_(size), sums_((size + PART - 1) / PART) {}

    template <class A, class B> double dot(const A & a, const B & b) {
        each_part([&](std::size_t part, std::size_t first, std::size_t end) {
            double sum = 0;
            for (std::size_t j = first; j < end; ++j)
                sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
            sums_[part] = sum;
        });
        double total = 0;
        for (const double sum : sums_)
            total += sum;
        return total;
    }

    // to += factor * from
    template <class Real, class A> void add(std::vector<Real> & to, double factor, const A & from) {
        each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                to[j] = static_cast<Real>(static_cast<double>(to[j]) + factor * static_cast<double>(from[j]));
        });
    }

    template <class Real> void scale(std::vector<Real> & values, double factor) {
        each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                values[j] = static_cast<Real>(factor * static_cast<double>(values[j]));
        });
    }

    template <class Task> void each_part(const Task & task) {
        pool_.run(sums_.size(), [&](std::size_t part, int) {
            task(part, part * PART, std::min(size_, (part + 1) * PART));
        });
    }

  private:
    static constexpr std::size_t PART = 16384;
    WorkerPool & pool_;
    std::size_t size_;
    std::vector<double> sums_;
};

// The last steps s and gradient changes y, with less precision: they only shape the direction.
template <class Real, class Stored> class History {
    using Vector = std::vector<Real>;

  public:
    History(Arithmetic & arithmetic, std::size_t most) : arithmetic_(arithmetic), most_(most) {}

    void clear() { used_ = 0; }

    void remember(const Vector & x, const Vector & x_before, const Vector & g, const Vector & g_before) {
        if (most_ == 0)
            return;
        if (pairs_.size() < most_)
            pairs_.resize(std::min(most_, used_ + 1));
        newest_ = used_ == 0 ? 0 : (newest_ + 1) % most_;
        used_ = std::min(used_ + 1, most_);
        Pair & pair = pairs_[newest_];
        pair.s.resize(x.size());
        pair.y.resize(x.size());
        arithmetic_.each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j) {
                pair.s[j] = Stored(static_cast<float>(x[j] - x_before[j]));
                pair.y[j] = Stored(static_cast<float>(g[j] - g_before[j]));
            }
        });
        const double sy = arithmetic_.dot(pair.s, pair.y), yy = arithmetic_.dot(pair.y, pair.y);
        if (!(sy > 1e-12 * yy) || !std::isfinite(sy)) { // rounding, not curvature
            --used_;
            newest_ = (newest_ + most_ - 1) % most_;
            return;
        }
        pair.rho = 1 / sy;
        scale_ = sy / yy;
    }

    // direction = -H g by the two-loop recursion (Nocedal & Wright, algorithm 7.4).
    void direction(const Vector & g, Vector & direction) {
        direction = g;
        std::vector<double> alpha(used_);
        for (std::size_t back = 0; back < used_; ++back) {
            const Pair & pair = pairs_[(newest_ + most_ - back) % most_];
            alpha[back] = pair.rho * arithmetic_.dot(pair.s, direction);
            arithmetic_.add(direction, -alpha[back], pair.y);
        }
        if (used_ > 0)
            arithmetic_.scale(direction, scale_);
        for (std::size_t back = used_; back-- > 0;) {
            const Pair & pair = pairs_[(newest_ + most_ - back) % most_];
            arithmetic_.add(direction, alpha[back] - pair.rho * arithmetic_.dot(pair.y, direction), pair.s);
        }
        arithmetic_.scale(direction, -1);
    }

    bool empty() const { return used_ == 0; }

  private:
    struct Pair {
        std::vector<Stored> s, y;
        double rho = 0;
    };
    Arithmetic & arithmetic_;
    std::size_t most_;
    std::size_t used_ = 0, newest_ = 0;
    double scale_ = 1;
    std::vector<Pair> pairs_;
};

// Where between two points, with values and slopes, a cubic through both is lowest; kept off the ends.
double cubic_minimum(double t0, double f0, double d0, double t1, double f1, double d1) {
    const double a = d0 + d1 - 3 * (f0 - f1) / (t0 - t1);
    const double root = std::sqrt(std::max(0.0, a * a - d0 * d1)) * (t1 > t0 ? 1 : -1);
    const double t = t1 - (t1 - t0) * (d1 + root - a) / (d1 - d0 + 2 * root);
    const double low = std::min(t0, t1), width = std::fabs(t1 - t0);
    if (!std::isfinite(t))
        return low + 0.5 * width;
    return std::clamp(t, low + 0.1 * width, low + 0.9 * width);
}

template <class Real> struct Point {
    std::vector<Real> x, g; // (K, d)
    double f = 0;
    double norm = 0; // of g
};

// One L-BFGS iteration at a time, on whatever objective it is given: double objective(x, gradient).
template <class Real, class Stored> class Descent {
    using Vector = std::vector<Real>;

  public:
    Descent(Arithmetic & arithmetic, std::size_t history, std::size_t size)
        : arithmetic_(arithmetic), history_(arithmetic, history), direction_(size) {
        trial_.x.resize(size);
        trial_.g.resize(size);
    }

    // Moves `at` to a lower point; false when there is none along the direction, or when stop() says so.
    template <class Objective, class Stop>
    bool step(Point<Real> & at, const Objective & objective, const Stop & stop) {
        history_.direction(at.g, direction_);
        double slope = arithmetic_.dot(at.g, direction_);
        if (!(slope < 0)) {
            history_.clear();
            return false;
        }
        const bool moved = search(at, history_.empty() ? 1 / at.norm : 1, slope, objective, stop);
        if (!moved)
            history_.clear();
        return moved;
    }

    // Moves `at` towards x, whole way first.
    template <class Objective, class Stop>
    bool step_to(Point<Real> & at, const Vector & x, const Objective & objective, const Stop & stop) {
        arithmetic_.each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                direction_[j] = x[j] - at.x[j];
        });
        const double slope = arithmetic_.dot(at.g, direction_);
        return slope < 0 && search(at, 1, slope, objective, stop, false, MAX_ROUND_TRIALS);
    }

    bool fresh() const { return history_.empty(); }

  private:
    // Weak Wolfe line search: bracket, then cubic interpolation. `wolfe` false: Armijo's condition alone.
    template <class Objective, class Stop>
    bool search(Point<Real> & at, double t, double slope, const Objective & objective, const Stop & stop,
                bool wolfe = true, int most_trials = MAX_TRIALS) {
        double low = 0, f_low = at.f, slope_low = slope;
        double high = std::numeric_limits<double>::infinity(), f_high = 0, slope_high = 0;
        for (int trial = 0; trial < most_trials; ++trial) {
            trial_.x = at.x;
            arithmetic_.add(trial_.x, t, direction_);
            trial_.f = objective(trial_.x, trial_.g);
            if (stop())
                return false;
            const double slope_t = arithmetic_.dot(trial_.g, direction_);
            const bool finite = std::isfinite(trial_.f) && std::isfinite(slope_t);
            // Where rounding hides the decrease: Armijo's condition in slopes (Hager & Zhang 2005, eq. 4.1).
            const bool lower = finite && (trial_.f <= at.f + SUFFICIENT_DECREASE * t * slope ||
                                          (trial_.f <= at.f + ROUNDING * std::fabs(at.f) &&
                                           slope_t <= (2 * SUFFICIENT_DECREASE - 1) * slope));
            if (lower && (!wolfe || slope_t >= CURVATURE * slope)) {
                history_.remember(trial_.x, at.x, trial_.g, at.g);
                trial_.norm = std::sqrt(arithmetic_.dot(trial_.g, trial_.g));
                std::swap(at, trial_);
                return true;
            }
            if (lower) {
                low = t;
                f_low = trial_.f;
                slope_low = slope_t;
            } else {
                high = t;
                f_high = trial_.f;
                slope_high = slope_t;
            }
            if (std::isinf(high))
                t = low * 4;
            else if (!std::isfinite(f_high) || !std::isfinite(slope_high))
                t = low + 0.1 * (high - low);
            else
                t = cubic_minimum(low, f_low, slope_low, high, f_high, slope_high);
        }
        return false;
    }

    Arithmetic & arithmetic_;
    History<Real, Stored> history_;
    Vector direction_;
    Point<Real> trial_;
};

// A copy of some of a problem's steps, next to each other.
class Subset {
  public:
    Subset(const HeadProblem & whole, std::vector<std::uint32_t> steps, WorkerPool & pool)
        : problem_(whole), hidden_(steps.size() * whole.dimension) {
        constexpr std::size_t PART = 256;
        pool.run((steps.size() + PART - 1) / PART, [&](std::size_t part, int) {
            for (std::size_t i = part * PART; i < std::min(steps.size(), (part + 1) * PART); ++i)
                std::copy_n(whole.hidden + steps[i] * whole.dimension, whole.dimension,
                            hidden_.data() + i * whole.dimension);
        });
        const auto pick = [&](const auto * from, auto & to) {
            for (const std::uint32_t i : steps)
                to.push_back(from[i]);
            return to.data();
        };
        problem_.steps = steps.size();
        problem_.hidden = hidden_.data();
        if (whole.log_sum_exp != nullptr)
            problem_.log_sum_exp = pick(whole.log_sum_exp, log_sum_exp_);
        problem_.target = pick(whole.target, target_);
        if (whole.target_logit != nullptr)
            problem_.target_logit = pick(whole.target_logit, target_logit_);
        if (whole.weight != nullptr)
            problem_.weight = pick(whole.weight, weight_);
        if (whole.candidates == nullptr)
            return;
        candidate_start_.push_back(0);
        for (const std::uint32_t i : steps) {
            const std::int32_t *first = whole.candidates + whole.candidate_start[i],
                               *end = whole.candidates + whole.candidate_start[i + 1];
            candidates_.insert(candidates_.end(), first, end);
            candidate_start_.push_back(static_cast<std::int32_t>(candidates_.size()));
        }
        problem_.candidate_start = candidate_start_.data();
        problem_.candidates = candidates_.data();
    }
    Subset(const Subset &) = delete;
    Subset & operator=(const Subset &) = delete;

    const HeadProblem & problem() const { return problem_; }

  private:
    HeadProblem problem_;
    std::vector<float> hidden_, log_sum_exp_, target_logit_, weight_;
    std::vector<std::int32_t> target_, candidate_start_, candidates_;
};

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
        const Subset subset(problem_, bending_, pool_);
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
        Point<Real> inner = at_;
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
    Arithmetic arithmetic_;
    Descent<Real, Stored> descent_;
    Point<Real> at_;
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
