#include "adam.h"

#include "softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace toolken {

namespace {

// Fisher and Yates, with draws of our own: std::shuffle differs between standard libraries.
void shuffle(std::vector<std::uint32_t> & order, std::mt19937_64 & random) {
    for (std::size_t left = order.size(); left > 1; --left) {
        const std::uint64_t bound = left;
        const std::uint64_t uneven = (0 - bound) % bound; // draws below it would favour small numbers
        std::uint64_t draw = random();
        while (draw < uneven)
            draw = random();
        std::swap(order[left - 1], order[draw % bound]);
    }
}

std::string check_options(const AdamOptions & o) {
    const auto wrong = [](const char * what, const char * name, double value) {
        return std::string("Expected ") + what + " for " + name + " but received " + std::to_string(value);
    };
    if (!(o.learning_rate > 0) || !std::isfinite(o.learning_rate))
        return wrong("a positive number", "learning_rate", o.learning_rate);
    if (o.batch_size < 1)
        return wrong("at least 1", "batch_size", 0);
    if (!(o.beta1 >= 0 && o.beta1 < 1))
        return wrong("0 to below 1", "beta1", o.beta1);
    if (!(o.beta2 >= 0 && o.beta2 < 1))
        return wrong("0 to below 1", "beta2", o.beta2);
    if (!(o.epsilon > 0) || !std::isfinite(o.epsilon))
        return wrong("a positive number", "epsilon", o.epsilon);
    if (!(o.weight_decay >= 0) || !std::isfinite(o.weight_decay))
        return wrong("at least 0", "weight_decay", o.weight_decay);
    return {};
}

class Adam {
  public:
    Adam(const HeadProblem & problem, const AdamOptions & options, const SolverRun & run)
        : problem_(problem), options_(options), run_(run), size_(problem.tools * problem.dimension),
          pool_(run.threads), loss_(problem, pool_, run.cancel), x_(size_), g_(size_), mean_(size_),
          square_(size_) {}

    SolverResult solve() {
        const float * start = options_.start != nullptr ? options_.start : options_.prior;
        if (start != nullptr)
            std::copy_n(start, size_, x_.begin());
        std::vector<std::uint32_t> order(problem_.steps);
        std::iota(order.begin(), order.end(), 0U);
        std::mt19937_64 random(options_.seed);
        for (std::size_t epoch = 1; epoch <= options_.epochs; ++epoch) {
            shuffle(order, random);
            double sum = 0;
            std::size_t batches = 0;
            for (std::size_t first = 0; first < order.size(); first += options_.batch_size, ++batches) {
                const std::size_t count = std::min(options_.batch_size, order.size() - first);
                const double batch_loss = loss_.evaluate(x_.data(), g_.data(), order.data() + first, count);
                if (loss_.cancelled())
                    return finish(SolverStatus::cancelled);
                if (!std::isfinite(batch_loss))
                    return diverged();
                sum += batch_loss;
                update();
            }
            result_.iterations = epoch;
            ++result_.evaluations;
            if (run_.progress)
                run_.progress({epoch, sum / static_cast<double>(batches), norm()});
            if (loss_.cancelled())
                return finish(SolverStatus::cancelled);
        }
        result_.loss = loss_.evaluate(x_.data(), g_.data());
        if (loss_.cancelled())
            return finish(SolverStatus::cancelled);
        if (!std::isfinite(result_.loss))
            return diverged();
        ++result_.evaluations;
        result_.gradient_norm = norm();
        return finish(SolverStatus::ok);
    }

  private:
    double norm() const { return std::sqrt(std::inner_product(g_.begin(), g_.end(), g_.begin(), 0.0)); }

    void update() {
        const AdamOptions & o = options_;
        power1_ *= o.beta1;
        power2_ *= o.beta2;
        const double step = o.learning_rate / (1 - power1_);
        const double correction = 1 / std::sqrt(1 - power2_);
        constexpr std::size_t PART = 16384;
        pool_.run((size_ + PART - 1) / PART, [&](std::size_t part, int) {
            for (std::size_t j = part * PART; j < std::min(size_, (part + 1) * PART); ++j) {
                const double away = x_[j] - (o.prior == nullptr ? 0.0 : static_cast<double>(o.prior[j]));
                const double g = o.decoupled ? g_[j] : g_[j] + o.weight_decay * away;
                if (o.decoupled)
                    x_[j] -= o.learning_rate * o.weight_decay * away;
                mean_[j] = o.beta1 * mean_[j] + (1 - o.beta1) * g;
                square_[j] = o.beta2 * square_[j] + (1 - o.beta2) * g * g;
                x_[j] -= step * mean_[j] / (std::sqrt(square_[j]) * correction + o.epsilon);
            }
        });
    }

    SolverResult finish(SolverStatus status) {
        result_.status = status;
        result_.weights.assign(x_.begin(), x_.end());
        return std::move(result_);
    }

    SolverResult diverged() {
        result_.status = SolverStatus::not_finite;
        result_.message = "The logits left float's range: lower the learning rate";
        return std::move(result_);
    }

    const HeadProblem & problem_;
    const AdamOptions & options_;
    const SolverRun & run_;
    std::size_t size_;
    WorkerPool pool_;
    SoftmaxLoss loss_;
    std::vector<double> x_, g_, mean_, square_; // (K, d)
    double power1_ = 1, power2_ = 1;            // beta1^t, beta2^t
    SolverResult result_;
};

} // namespace

SolverResult solve_adam(const HeadProblem & problem, const AdamOptions & options, const SolverRun & run) {
    return solve_checked(problem, run.threads, check_options(options), {options.prior, options.start},
                         [&] { return Adam(problem, options, run).solve(); });
}

} // namespace toolken
