#include <cstddef>
#include <limits>
#include <vector>

// Eight numbers at a time: their own running minima do not depend on what came before, so that the chain from one eight to
// the next is a single minimum.
static inline float lower(float a, float b) { return b < a ? b : a; }

static float scan(float *p, size_t n, float low) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        float *const a = p + i;
        const float m1 = lower(a[0], a[1]), m2 = lower(m1, a[2]), m3 = lower(m1, lower(a[2], a[3]));
        const float k5 = lower(a[4], a[5]), k6 = lower(k5, a[6]), k7 = lower(k5, lower(a[6], a[7]));
        const float middle = lower(low, m3);
        a[0] = lower(low, a[0]);
        a[1] = lower(low, m1);
        a[2] = lower(low, m2);
        a[3] = middle;
        a[4] = lower(middle, a[4]);
        a[5] = lower(middle, k5);
        a[6] = lower(middle, k6);
        low = lower(low, lower(m3, k7));
        a[7] = low;
    }
    for (; i < n; i++) p[i] = low = lower(low, p[i]);
    return low;
}

void partialMinimums(std::vector<float> &x) {
    constexpr float none = std::numeric_limits<float>::infinity();
    float *const p = x.data();
    const size_t n = x.size();
#ifdef _OPENMP
    // Minima of large blocks first, then every block from the minimum before it.
    constexpr size_t block = 32768;
    const size_t blocks = (n + block - 1) / block;
    std::vector<float> before(blocks + 1, none);
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = n < (b + 1) * block ? n : (b + 1) * block;
        float low = none;
#pragma omp simd reduction(min : low)
        for (size_t i = b * block; i < end; i++) low = p[i] < low ? p[i] : low;
        before[b + 1] = low;
    }
    for (size_t b = 0; b < blocks; b++) before[b + 1] = lower(before[b], before[b + 1]);
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) scan(p + b * block, n - b * block < block ? n - b * block : block, before[b]);
#else
    scan(p, n, none);
#endif
}
