// Sums of exponentials over a vocabulary, written so that every compiler vectorises them.
#pragma once

#include <cstdint>

// Several versions of one function, chosen by the processor at run time.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(TOOLKEN_NO_CLONES)
#define TOOLKEN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TOOLKEN_CLONES
#endif

namespace toolken {

// Largest of n values; -infinity when n = 0.
float max_of(const float * values, int64_t n);

// sum of exp(values[i] - shift). Relative error below 1e-6 against double arithmetic.
double sum_exp(const float * values, int64_t n, float shift);

// sum of x exp(x) with x = values[i] - shift <= 0; -infinity counts as 0, its limit.
double sum_x_exp(const float * values, int64_t n, float shift);

} // namespace toolken
