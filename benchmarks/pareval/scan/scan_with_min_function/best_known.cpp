#include <cstddef>
#include <limits>
#include <vector>

// Sixteen numbers at a time: their own running minima, by doubling distances, do not depend on what came before, so that the
// chain from one sixteen to the next is a single minimum.
typedef float Sixteen __attribute__((vector_size(64)));
typedef int Places __attribute__((vector_size(64)));

static inline float lower(float a, float b) { return b < a ? b : a; }
static inline Sixteen lower(Sixteen a, Sixteen b) { return b < a ? b : a; }

static float scan(float *p, size_t n, float low) {
    constexpr float none = std::numeric_limits<float>::infinity();
    const Sixteen nones = Sixteen{} + none;
    const Places by1 = {16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    const Places by2 = {16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    const Places by4 = {16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const Places by8 = {16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        Sixteen v;
        __builtin_memcpy(&v, p + i, sizeof v);
        v = lower(v, __builtin_shuffle(v, nones, by1));
        v = lower(v, __builtin_shuffle(v, nones, by2));
        v = lower(v, __builtin_shuffle(v, nones, by4));
        v = lower(v, __builtin_shuffle(v, nones, by8));
        const float all = v[15];
        v = lower(v, Sixteen{} + low);
        low = lower(low, all);
        __builtin_memcpy(p + i, &v, sizeof v);
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
