// How many threads compute a step. ggml's threads wait for each other by spinning, hundreds of times per
// token: where another program takes a core away, all of them stand still, and fewer threads are faster.
#pragma once

#include <cstddef>
#include <vector>

namespace toolken {

// Measures steps of one kind (about the same work each) and finds the fastest of a few numbers of threads:
// all, one less, half, …, one. Another number is tried for a few steps when steps are slow; more threads are
// tried again from time to time, ever more rarely while that does not pay.
class AdaptiveThreads {
  public:
    explicit AdaptiveThreads(int max_threads);

    // For the next step.
    int threads() const { return levels_[trying_ ? tried_ : level_]; }

    // What a step on threads() took.
    void took(double seconds);

  private:
    struct Window {
        int steps = 0;
        double seconds = 0;
        double mean() const { return seconds / steps; }
    };

    void settle(double mean);
    void judge(double mean);
    void try_level(std::size_t level);

    std::vector<int> levels_;  // numbers of threads, falling
    std::vector<double> best_; // mean seconds per step at each level in the best window; 0: none yet
    std::size_t level_ = 0;
    std::size_t tried_ = 0;
    bool trying_ = false;
    bool compared_ = false; // a lower level was tried once: the first windows may have been slow ones
    double mean_ = 0;       // of the last window at level_
    int pause_ = 0;         // windows before another level is tried
    int next_pause_ = 0;
    Window window_;
};

} // namespace toolken
