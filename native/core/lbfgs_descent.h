// One L-BFGS iteration at a time.
#pragma once

#include "vector_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace toolken {

// The last steps s and gradient changes y, with less precision: they only shape the direction.
template <class Real, class Stored> class LbfgsHistory {
    using Vector = std::vector<Real>;

  public:
    LbfgsHistory(VectorArithmetic & arithmetic, std::size_t max) : arithmetic_(arithmetic), max_(max) {}

    void clear() { used_ = 0; }

    void remember(const Vector & x, const Vector & x_before, const Vector & g, const Vector & g_before) {
        if (max_ == 0)
            return;
        if (pairs_.size() < max_)
            pairs_.resize(std::min(max_, used_ + 1));
        newest_ = used_ == 0 ? 0 : (newest_ + 1) % max_;
        used_ = std::min(used_ + 1, max_);
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
            newest_ = (newest_ + max_ - 1) % max_;
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
            const Pair & pair = pairs_[(newest_ + max_ - back) % max_];
            alpha[back] = pair.rho * arithmetic_.dot(pair.s, direction);
            arithmetic_.add(direction, -alpha[back], pair.y);
        }
        if (used_ > 0)
            arithmetic_.scale(direction, scale_);
        for (std::size_t back = used_; back-- > 0;) {
            const Pair & pair = pairs_[(newest_ + max_ - back) % max_];
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
    VectorArithmetic & arithmetic_;
    std::size_t max_;
    std::size_t used_ = 0, newest_ = 0;
    double scale_ = 1;
    std::vector<Pair> pairs_;
};

// Where between two points, with values and slopes, a cubic through both is lowest; kept off the ends.
inline double lbfgs_cubic_minimum(double t0, double f0, double d0, double t1, double f1, double d1) {
    const double a = d0 + d1 - 3 * (f0 - f1) / (t0 - t1);
    const double root = std::sqrt(std::max(0.0, a * a - d0 * d1)) * (t1 > t0 ? 1 : -1);
    const double t = t1 - (t1 - t0) * (d1 + root - a) / (d1 - d0 + 2 * root);
    const double low = std::min(t0, t1), width = std::fabs(t1 - t0);
    if (!std::isfinite(t))
        return low + 0.5 * width;
    return std::clamp(t, low + 0.1 * width, low + 0.9 * width);
}

template <class Real> struct LbfgsPoint {
    std::vector<Real> x, g; // (K, d)
    double f = 0;
    double norm = 0; // of g
};

// One L-BFGS iteration at a time, on whatever objective it is given: double objective(x, gradient).
template <class Real, class Stored> class LbfgsDescent {
    using Vector = std::vector<Real>;

  public:
    LbfgsDescent(VectorArithmetic & arithmetic, std::size_t history, std::size_t size)
        : arithmetic_(arithmetic), history_(arithmetic, history), direction_(size) {
        trial_.x.resize(size);
        trial_.g.resize(size);
    }

    // Moves `at` to a lower point; false when there is none along the direction, or when stop() says so.
    template <class Objective, class Stop>
    bool step(LbfgsPoint<Real> & at, const Objective & objective, const Stop & stop) {
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
    bool step_to(LbfgsPoint<Real> & at, const Vector & x, const Objective & objective, const Stop & stop) {
        arithmetic_.each_part([&](std::size_t, std::size_t first, std::size_t end) {
            for (std::size_t j = first; j < end; ++j)
                direction_[j] = x[j] - at.x[j];
        });
        const double slope = arithmetic_.dot(at.g, direction_);
        return slope < 0 && search(at, 1, slope, objective, stop, false, MAX_ROUND_TRIALS);
    }

    bool fresh() const { return history_.empty(); }

  private:
    static constexpr double SUFFICIENT_DECREASE = 1e-4; // Armijo's constant
    static constexpr double CURVATURE = 0.9;            // weak Wolfe's constant: keeps s.y > 0
    static constexpr double ROUNDING = 1e-8; // of the loss, relative: float dot products, double sums
    static constexpr int MAX_TRIALS = 30;    // of one line search
    static constexpr int MAX_ROUND_TRIALS =
        6; // of the one that ends a round; a full iteration follows when it fails

    // Weak Wolfe line search: bracket, then cubic interpolation. `wolfe` false: Armijo's condition alone.
    template <class Objective, class Stop>
    bool search(LbfgsPoint<Real> & at, double t, double slope, const Objective & objective, const Stop & stop,
                bool wolfe = true, int max_trials = MAX_TRIALS) {
        double low = 0, f_low = at.f, slope_low = slope;
        double high = std::numeric_limits<double>::infinity(), f_high = 0, slope_high = 0;
        for (int trial = 0; trial < max_trials; ++trial) {
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
                t = lbfgs_cubic_minimum(low, f_low, slope_low, high, f_high, slope_high);
        }
        return false;
    }

    VectorArithmetic & arithmetic_;
    LbfgsHistory<Real, Stored> history_;
    Vector direction_;
    LbfgsPoint<Real> trial_;
};

} // namespace toolken
