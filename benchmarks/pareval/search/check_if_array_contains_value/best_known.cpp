#include <cstddef>
#include <vector>

// A loop that may end at any element is not vectorised; one that may end only after 512 is.
bool contains(std::vector<int> const& x, int target) {
    constexpr size_t block = 512;
    int const *const p = x.data();
    const size_t n = x.size(), whole = n / block;
#ifdef _OPENMP
    bool found = false;
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < whole; b++) {
        bool seen;
#pragma omp atomic read
        seen = found;
        if (seen) continue;
        int here = 0;
        for (size_t i = 0; i < block; i++) here |= p[b * block + i] == target;
        if (here != 0) {
#pragma omp atomic write
            found = true;
        }
    }
    if (found) return true;
#else
    for (size_t b = 0; b < whole; b++) {
        int here = 0;
        for (size_t i = 0; i < block; i++) here |= p[b * block + i] == target;
        if (here != 0) return true;
    }
#endif
    for (size_t i = whole * block; i < n; i++)
        if (p[i] == target) return true;
    return false;
}
