#include <cstddef>
#include <limits>
#include <vector>

// As many numbers at a time as a vector register holds: their own running minima, by doubling distances, do not depend on
// what came before, so that the chain from one block to the next is a single minimum.
#ifdef __AVX512F__
constexpr size_t lanes = 16;
#else
constexpr size_t lanes = 8;
#endif
typedef float Lanes __attribute__((vector_size(4 * lanes)));
typedef int Places __attribute__((vector_size(4 * lanes)));

#ifdef __AVX512F__
constexpr Places places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
constexpr Places places = {0, 1, 2, 3, 4, 5, 6, 7};
#endif

static inline float lower(float a, float b) { return b < a ? b : a; }
static inline Lanes lower(Lanes a, Lanes b) { return b < a ? b : a; }

// Every number, and the one `distance` before it; infinity where there is none.
static inline Lanes with_earlier(Lanes v, Lanes nones, int distance) {
    const Places from = places < distance ? Places{} + (int)lanes : places - distance;
    return lower(v, __builtin_shuffle(v, nones, from));
}

static float scan(float *p, size_t n, float low) {
    const Lanes nones = Lanes{} + std::numeric_limits<float>::infinity();
    size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        Lanes v;
        __builtin_memcpy(&v, p + i, sizeof v);
        v = with_earlier(v, nones, 1);
        v = with_earlier(v, nones, 2);
        v = with_earlier(v, nones, 4);
#ifdef __AVX512F__
        v = with_earlier(v, nones, 8);
#endif
        const float all = v[lanes - 1];
        v = lower(v, Lanes{} + low);
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
