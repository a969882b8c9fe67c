// The sums over a vocabulary and the choice of the best outcomes, of every instruction set that this
// processor has, against double arithmetic and a sort.
#include "core/candidates.h"
#include "core/error.h"
#include "core/softmax_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using namespace toolken;

namespace {

int passed = 0, failed = 0;

void check(bool good, const std::string & what) {
    ++(good ? passed : failed);
    if (!good)
        std::printf("failed: %s\n", what.c_str());
}

bool close(double a, double b, double relative) {
    return std::fabs(a - b) <= relative * std::max(std::fabs(a), std::fabs(b));
}

constexpr float INFINITE = std::numeric_limits<float>::infinity();
constexpr float NOT_A_NUMBER = std::numeric_limits<float>::quiet_NaN();

// Normal values; every seventh is repeated (ties), every eleventh switched off.
std::vector<float> sample(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 8);
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) {
        values[i] = i % 7 == 6 ? values[i - 6] : normal(random);
        if (i % 11 == 10)
            values[i] = -INFINITE;
    }
    return values;
}

void test_kernels() {
    for (const auto * kernels : softmax_kernels_runnable()) {
        for (const std::size_t n : {std::size_t{1}, std::size_t{3}, std::size_t{16}, std::size_t{255},
                                    std::size_t{1030}, std::size_t{49'152}, std::size_t{151'937}}) {
            const auto values = sample(n, static_cast<unsigned>(n));
            const std::string name = std::string(kernels->name) + ", n = " + std::to_string(n);
            const float high = *std::max_element(values.begin(), values.end());
            double sum = 0, sum_x = 0;
            for (const float value : values) {
                const double x = static_cast<double>(value) - static_cast<double>(high);
                sum += std::exp(x);
                sum_x += std::isinf(x) ? 0 : x * std::exp(x);
            }
            check(close(kernels->sum_exp(values.data(), n, high), sum, 1e-6), "sum_exp, " + name);
            check(close(kernels->sum_x_exp(values.data(), n, high), sum_x, 2e-6), "sum_x_exp, " + name);
            std::vector<float> maxima((n + MAXIMA_BLOCK - 1) / MAXIMA_BLOCK);
            kernels->block_maxima(values.data(), n, maxima.data());
            bool right = true;
            for (std::size_t b = 0; b < maxima.size(); ++b) {
                const auto first = values.begin() + static_cast<std::ptrdiff_t>(b * MAXIMA_BLOCK);
                const auto count = std::min(MAXIMA_BLOCK, n - b * MAXIMA_BLOCK);
                right &= maxima[b] == *std::max_element(first, first + static_cast<std::ptrdiff_t>(count));
            }
            check(right, "block_maxima, " + name);
            for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
                auto damaged = values;
                damaged[at] = NOT_A_NUMBER;
                kernels->block_maxima(damaged.data(), n, maxima.data());
                check(std::isnan(maxima[at / MAXIMA_BLOCK]), "NaN is seen, " + name);
            }
        }
    }
}

// The slow, obvious version: everything sorted.
std::vector<std::int32_t> best_by_sorting(const std::vector<float> & values, int top, int first) {
    std::vector<std::int32_t> ids(values.size());
    std::iota(ids.begin(), ids.end(), 0);
    const auto at = [&](std::int32_t id) { return values[static_cast<std::size_t>(id)]; };
    std::stable_sort(ids.begin(), ids.end(), [&](auto a, auto b) { return at(a) > at(b); });
    std::vector<std::int32_t> best;
    for (const auto id : ids)
        if (static_cast<int>(best.size()) < top && at(id) > -INFINITE)
            best.push_back(first + id);
    return best;
}

void test_choice() {
    for (const int n : {1, 20, 256, 5000, 49'152}) {
        for (const int top : {1, 8, 64, 400}) {
            const auto logits = sample(static_cast<std::size_t>(n), 5);
            const auto found = candidates_on_host(logits.data(), n, nullptr, 0, top, 0);
            const std::string name = std::to_string(top) + " of " + std::to_string(n);
            check(found.ids == best_by_sorting(logits, top, 0), "the best tokens, " + name);
            const auto tools = sample(300, 7);
            const auto joint = candidates_on_host(logits.data(), n, tools.data(), 300, top, 5);
            double sum = 0;
            for (const auto * part : {&logits, &tools})
                for (const float value : *part)
                    sum += std::exp(static_cast<double>(value));
            bool right = true;
            for (std::size_t c = 0; c < joint.ids.size(); ++c)
                right &= close(joint.probs[c], std::exp(static_cast<double>(joint.logits[c])) / sum, 1e-5);
            check(right, "probabilities over tokens and tools, " + name);
            const auto wanted = best_by_sorting(tools, 5, n);
            check(std::all_of(wanted.begin(), wanted.end(),
                              [&](auto id) {
                                  return std::find(joint.ids.begin(), joint.ids.end(), id) != joint.ids.end();
                              }),
                  "the best tools, " + name);
        }
    }
    // Nothing but one value, over and over: the smallest ids win.
    const std::vector<float> same(2000, 1.5F);
    check(candidates_on_host(same.data(), 2000, nullptr, 0, 3, 0).ids == std::vector<std::int32_t>{0, 1, 2},
          "of equal values those with the smallest ids");
    const std::vector<float> off(2000, -INFINITE);
    check(candidates_on_host(off.data(), 2000, nullptr, 0, 3, 0).ids.empty(), "nothing is switched on");
}

void test_not_finite() {
    for (const float bad : {NOT_A_NUMBER, INFINITE}) {
        auto logits = sample(3000, 3);
        logits[2999] = bad;
        const auto good = sample(3000, 3);
        for (const bool among_tools : {false, true}) {
            std::string code;
            try {
                candidates_on_host(among_tools ? good.data() : logits.data(), 3000,
                                   among_tools ? logits.data() : good.data(), 3000, 4, 4);
            } catch (const Error & error) {
                code = error.code();
            }
            check(code == "DECODE_FAILED", "a logit that is not finite is an error");
        }
    }
}

} // namespace

int main() {
    test_kernels();
    test_choice();
    test_not_finite();
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
