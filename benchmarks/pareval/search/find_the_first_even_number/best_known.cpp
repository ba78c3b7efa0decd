#include <cstddef>
#include <vector>

// The lowest bits of 512 numbers are taken together, which is vectorised; only a block with an even number is looked into.
size_t findFirstEven(std::vector<int> const& x) {
    constexpr size_t block = 512;
    int const *const p = x.data();
    const size_t n = x.size(), whole = n / block;
    size_t first = whole;
#ifdef _OPENMP
#pragma omp parallel for schedule(static) reduction(min : first)
    for (size_t b = 0; b < whole; b++) {
        if (b > first) continue;
        int all = 1;
        for (size_t i = 0; i < block; i++) all &= p[b * block + i];
        if (all == 0) first = b;
    }
#else
    for (size_t b = 0; b < whole && first == whole; b++) {
        int all = 1;
        for (size_t i = 0; i < block; i++) all &= p[b * block + i];
        if (all == 0) first = b;
    }
#endif
    for (size_t i = first * block; i < n; i++)
        if ((p[i] & 1) == 0) return i;
    return n;
}
