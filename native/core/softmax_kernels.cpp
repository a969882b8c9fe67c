#include "softmax_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

// clang-cl has them without being __GNUC__; cl.exe gets loops over a few floats.
#if defined(__GNUC__) || defined(__clang__)
#define KERNEL_VECTOR_EXTENSION 1
#define KERNEL_PRAGMA(text) _Pragma(#text)
#define KERNEL_UNROLL(n) KERNEL_PRAGMA(GCC unroll n)
#else
#define KERNEL_VECTOR_EXTENSION 0
#define KERNEL_UNROLL(n)
#endif

#if KERNEL_VECTOR_EXTENSION && defined(__x86_64__)
#define TOOLKEN_X86_VARIANTS 1
#include <cpuid.h>
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

namespace {

#define TOOLKEN_KERNELS(name, lanes, space)                                                                  \
    SoftmaxKernels {                                                                                         \
        name, lanes, space::logits, space::softmax_row, space::outer, space::block_maxima,                   \
            space::sum_of_exp<false>, space::sum_of_exp<true>                                                \
    }

#if TOOLKEN_X86_VARIANTS
struct Processor {
    bool avx2 = false;
    bool avx512 = false;
};

// From cpuid and the register sets that the system saves. Not __builtin_cpu_supports: it needs a runtime
// library that not every toolchain links.
Processor detect_processor() {
    constexpr unsigned FMA = 1U << 12U, OSXSAVE = 1U << 27U;                   // leaf 1, ecx
    constexpr unsigned AVX2 = 1U << 5U;                                        // leaf 7, ebx
    constexpr unsigned AVX512 = 1U << 16U | 1U << 17U | 1U << 30U | 1U << 31U; // F, DQ, BW, VL
    constexpr unsigned AVX_STATE = 0x6, AVX512_STATE = 0xE6;                   // of xgetbv
    unsigned a = 0, b = 0, c = 0, d = 0;
    Processor processor;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (FMA | OSXSAVE)) != (FMA | OSXSAVE))
        return processor;
    unsigned state = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
    if ((state & AVX_STATE) != AVX_STATE || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0)
        return processor;
    processor.avx2 = (b & AVX2) != 0;
    processor.avx512 = processor.avx2 && (b & AVX512) == AVX512 && (state & AVX512_STATE) == AVX512_STATE;
    return processor;
}
#endif

} // namespace

std::vector<const SoftmaxKernels *> softmax_kernels_runnable() {
    std::vector<const SoftmaxKernels *> runnable;
#if TOOLKEN_X86_VARIANTS
    static const Processor processor = detect_processor();
    static const SoftmaxKernels avx512 = TOOLKEN_KERNELS("avx512", 16, kernels_avx512);
    if (processor.avx512)
        runnable.push_back(&avx512);
    static const SoftmaxKernels avx2 = TOOLKEN_KERNELS("avx2", 8, kernels_avx2);
    if (processor.avx2)
        runnable.push_back(&avx2);
#endif
    static const SoftmaxKernels portable = TOOLKEN_KERNELS("portable", 4, kernels_portable);
    runnable.push_back(&portable);
    return runnable;
}

const SoftmaxKernels & softmax_kernels() {
    static const SoftmaxKernels & widest = *softmax_kernels_runnable().front();
    return widest;
}

float max_of(const float * values, std::size_t n) {
    constexpr std::size_t BLOCKS = 64;
    float maxima[BLOCKS];
    float most = -std::numeric_limits<float>::infinity();
    for (std::size_t first = 0; first < n; first += BLOCKS * MAXIMA_BLOCK) {
        const std::size_t count = std::min(n - first, BLOCKS * MAXIMA_BLOCK);
        softmax_kernels().block_maxima(values + first, count, maxima);
        for (std::size_t b = 0; b * MAXIMA_BLOCK < count; ++b) {
            if (std::isnan(maxima[b]))
                return maxima[b];
            most = std::max(most, maxima[b]);
        }
    }
    return most;
}

} // namespace toolken
