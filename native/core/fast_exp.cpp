#include "fast_exp.h"

#include <bit>
#include <limits>

namespace toolken {

namespace {

// exp(x) for x <= 0: 2^n * p(r) with |r| <= ln(2)/2, p the Taylor polynomial of degree 6 (error 1e-7).
inline float exp_below_zero(float x) {
    const float clamped = x < -87.0F ? -87.0F : x;
    const float scaled = clamped * 1.44269504F;
    const int n = static_cast<int>(scaled - 0.5F); // towards zero, so: rounds to nearest for negative values
    const auto whole = static_cast<float>(n);
    const float r = (clamped - whole * 0.693359375F) + whole * 2.12194440e-4F;
    float p = 1.0F / 720.0F;
    p = p * r + 1.0F / 120.0F;
    p = p * r + 1.0F / 24.0F;
    p = p * r + 1.0F / 6.0F;
    p = p * r + 0.5F;
    p = p * r + 1.0F;
    p = p * r + 1.0F;
    const auto power = std::bit_cast<float>(static_cast<uint32_t>(n + 127) << 23U);
    return x < -87.0F ? 0.0F : p * power;
}

// The clamp keeps -infinity from becoming NaN.
inline float x_exp_below_zero(float x) {
    return (x < -87.0F ? 0.0F : x) * exp_below_zero(x);
}

constexpr int LANES = 16;

} // namespace

TOOLKEN_CLONES float max_of(const float * values, int64_t n) {
    float high[LANES];
    for (float & lane : high) {
        lane = -std::numeric_limits<float>::infinity();
    }
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (int lane = 0; lane < LANES; ++lane) {
            high[lane] = values[i + lane] > high[lane] ? values[i + lane] : high[lane];
        }
    }
    float best = -std::numeric_limits<float>::infinity();
    for (const float lane : high) {
        best = lane > best ? lane : best;
    }
    for (; i < n; ++i) {
        best = values[i] > best ? values[i] : best;
    }
    return best;
}

TOOLKEN_CLONES double sum_exp(const float * values, int64_t n, float shift) {
    // Blocks keep the float sums short; the blocks are added in double.
    constexpr int64_t BLOCK = 1024;
    double total = 0;
    int64_t i = 0;
    while (i + LANES <= n) {
        const int64_t end = i + BLOCK < n ? i + BLOCK : n;
        float sums[LANES] = {};
        for (; i + LANES <= end; i += LANES) {
            for (int lane = 0; lane < LANES; ++lane) {
                sums[lane] += exp_below_zero(values[i + lane] - shift);
            }
        }
        for (const float sum : sums) {
            total += static_cast<double>(sum);
        }
    }
    for (; i < n; ++i) {
        total += static_cast<double>(exp_below_zero(values[i] - shift));
    }
    return total;
}

TOOLKEN_CLONES double sum_x_exp(const float * values, int64_t n, float shift) {
    constexpr int64_t BLOCK = 1024;
    double total = 0;
    int64_t i = 0;
    while (i + LANES <= n) {
        const int64_t end = i + BLOCK < n ? i + BLOCK : n;
        float sums[LANES] = {};
        for (; i + LANES <= end; i += LANES) {
            for (int lane = 0; lane < LANES; ++lane) {
                sums[lane] += x_exp_below_zero(values[i + lane] - shift);
            }
        }
        for (const float sum : sums) {
            total += static_cast<double>(sum);
        }
    }
    for (; i < n; ++i) {
        total += static_cast<double>(x_exp_below_zero(values[i] - shift));
    }
    return total;
}

} // namespace toolken
