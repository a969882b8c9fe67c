#include "softmax_kernels.h"

#include <cmath>

#if defined(__GNUC__)
#define KERNEL_VECTOR_EXTENSION 1
#else
#define KERNEL_VECTOR_EXTENSION 0
#endif

#if defined(__GNUC__) && defined(__x86_64__)
#define TOOLKEN_X86_VARIANTS 1
#else
#define TOOLKEN_X86_VARIANTS 0
#endif

// Clang splits 512-bit vectors in two unless told that they are wanted.
#if defined(__clang__)
#define TOOLKEN_WIDE_VECTORS __attribute__((min_vector_width(512)))
#else
#define TOOLKEN_WIDE_VECTORS
#endif

#if TOOLKEN_X86_VARIANTS
#define KERNEL_NAMESPACE kernels_avx512
#define KERNEL_TARGET                                                                                        \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))) TOOLKEN_WIDE_VECTORS
#define LANES 16
#define ROW_TILE 12
#define ACC_TILE 14
#include "softmax_kernels.inc"

#define KERNEL_NAMESPACE kernels_avx2
#define KERNEL_TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define ROW_TILE 6
#define ACC_TILE 6
#include "softmax_kernels.inc"
#endif

// SSE2, NEON, or whatever the compiler makes of it. NEON has 32 registers, SSE2 has 16.
#define KERNEL_NAMESPACE kernels_portable
#define KERNEL_TARGET
#define LANES 4
#if defined(__aarch64__)
#define ROW_TILE 12
#define ACC_TILE 12
#else
#define ROW_TILE 6
#define ACC_TILE 6
#endif
#include "softmax_kernels.inc"

namespace toolken {

std::vector<const SoftmaxKernels *> softmax_kernels_runnable() {
    std::vector<const SoftmaxKernels *> runnable;
#if TOOLKEN_X86_VARIANTS
    __builtin_cpu_init();
    static const SoftmaxKernels avx512{"avx512", 16, kernels_avx512::logits, kernels_avx512::softmax_row,
                                       kernels_avx512::outer};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("fma"))
        runnable.push_back(&avx512);
    static const SoftmaxKernels avx2{"avx2", 8, kernels_avx2::logits, kernels_avx2::softmax_row,
                                     kernels_avx2::outer};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        runnable.push_back(&avx2);
#endif
    static const SoftmaxKernels portable{"portable", 4, kernels_portable::logits,
                                         kernels_portable::softmax_row, kernels_portable::outer};
    runnable.push_back(&portable);
    return runnable;
}

const SoftmaxKernels & softmax_kernels() {
    static const SoftmaxKernels & widest = *softmax_kernels_runnable().front();
    return widest;
}

} // namespace toolken
