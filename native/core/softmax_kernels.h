// Inner loops over logits for the instruction set of the processor at hand: the solver's, and what is
// computed over a vocabulary at every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace toolken {

// Of one step: m = max(lse, max_k z_k), exp(lse - m), sum_k exp(z_k - m), and max_k of the written w p_k.
struct RowSoftmax {
    float shift;
    double token;
    double tools;
    float largest;
};

// Values per entry of block_maxima().
inline constexpr std::size_t MAXIMA_BLOCK = 256;

struct SoftmaxKernels {
    const char * name;
    std::size_t lanes; // floats per vector; `columns` below is a multiple of it

    // Columns first..end of z: (rows, columns) = h: (rows, d) times a packed matrix; first and end are
    // multiples of two vectors, or end is columns.
    void (*logits)(const float * h, std::size_t rows, std::size_t d, const float * packed,
                   std::size_t columns, std::size_t first, std::size_t end, float * z);
    // In: z: (columns), bias: (columns), -inf in columns past the last tool. Out: z_k becomes weight * p_k.
    RowSoftmax (*softmax_row)(float * z, const float * bias, std::size_t columns, float lse, float weight);
    // g: (tools, d) += sum over the listed rows r of p[r, :] h[r, :]^T; p: (>= r, p_stride), h: (>= r, d).
    void (*outer)(const float * p, std::size_t p_stride, std::size_t tools, const float * h, std::size_t d,
                  const std::uint32_t * rows, std::size_t count, float * g);

    // maxima: (ceil(n / MAXIMA_BLOCK)), the largest value of each block; NaN where a block has one.
    void (*block_maxima)(const float * values, std::size_t n, float * maxima);
    // sum exp(x) with x = values[i] - shift <= 0. Relative error below 1e-6 against double arithmetic.
    double (*sum_exp)(const float * values, std::size_t n, float shift);
    // sum x exp(x); -infinity counts as 0, its limit.
    double (*sum_x_exp)(const float * values, std::size_t n, float shift);
};

// The widest kernels that this processor runs; the same on every call.
const SoftmaxKernels & softmax_kernels();
// All that this processor runs, the portable ones last; for tests.
std::vector<const SoftmaxKernels *> softmax_kernels_runnable();

// Largest of n values, NaN when one is; -infinity when n = 0.
float max_of(const float * values, std::size_t n);

// Offset in a packed matrix (d rows) of entry [row, column]: panels two vectors wide, a last one may be one
// wide.
inline std::size_t packed_offset(std::size_t row, std::size_t column, std::size_t d, std::size_t columns,
                                 std::size_t lanes) {
    const std::size_t wide = 2 * lanes;
    const std::size_t panel = column / wide * wide;
    const std::size_t width = columns - panel < wide ? lanes : wide;
    return panel * d + row * width + (column - panel);
}

} // namespace toolken
