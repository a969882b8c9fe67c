#include "adaptive_threads.h"

#include <algorithm>

namespace toolken {

namespace {

// A window is longer than a scheduler's time slices (1 to 4 ms), and at least one step.
constexpr double WINDOW_SECONDS = 0.016;
constexpr int MAX_WINDOW_STEPS = 32;
constexpr double SLOW = 1.3;     // of the best window at the same level: other threads may be faster
constexpr double FASTER = 0.9;   // of the last window: worth a change
constexpr double GROWTH = 1.002; // of the best per window: attention to a longer context takes longer
constexpr int FIRST_WINDOWS = 3; // at the beginning, before another level is tried
constexpr int MIN_PAUSE = 8;
constexpr int MAX_PAUSE = 64;

} // namespace

AdaptiveThreads::AdaptiveThreads(int max_threads) : pause_(FIRST_WINDOWS), next_pause_(MIN_PAUSE) {
    levels_.push_back(std::max(1, max_threads));
    if (max_threads > 2) {
        levels_.push_back(max_threads - 1);
    }
    for (int n = max_threads / 2; n >= 1; n /= 2) {
        if (n < levels_.back()) {
            levels_.push_back(n);
        }
    }
    best_.assign(levels_.size(), 0.0);
}

void AdaptiveThreads::took(double seconds) {
    if (levels_.size() == 1) {
        return;
    }
    ++window_.steps;
    window_.seconds += seconds;
    if (window_.steps < MAX_WINDOW_STEPS && window_.seconds < WINDOW_SECONDS) {
        return;
    }
    const double mean = window_.mean();
    window_ = {};
    double & best = best_[trying_ ? tried_ : level_];
    best = best > 0 ? std::min(best * GROWTH, mean) : mean;
    if (trying_) {
        judge(mean);
    } else {
        settle(mean);
    }
}

void AdaptiveThreads::settle(double mean) {
    mean_ = mean;
    if (pause_ > 0) {
        --pause_;
        return;
    }
    const bool slow = !compared_ || mean > SLOW * best_[level_];
    const bool is_lowest = level_ + 1 == levels_.size();
    if (slow && !is_lowest) {
        try_level(level_ + 1);
    } else if (level_ > 0) {
        try_level(level_ - 1);
    }
}

void AdaptiveThreads::try_level(std::size_t level) {
    trying_ = true;
    tried_ = level;
    compared_ = compared_ || level > level_;
}

void AdaptiveThreads::judge(double mean) {
    trying_ = false;
    if (mean >= FASTER * mean_) {
        pause_ = next_pause_;
        next_pause_ = std::min(2 * next_pause_, MAX_PAUSE);
        return;
    }
    const bool down = tried_ > level_;
    level_ = tried_;
    mean_ = mean;
    pause_ = next_pause_ = MIN_PAUSE;
    if (down && level_ + 1 < levels_.size()) {
        try_level(level_ + 1);
    } else if (!down && level_ > 0) {
        try_level(level_ - 1);
    }
}

} // namespace toolken
