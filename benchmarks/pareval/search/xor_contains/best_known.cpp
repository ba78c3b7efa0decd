#include <cstddef>
#include <vector>

// A search that may end at any element is not vectorised; one that may end only after 512 is.
static bool holds(std::vector<int> const& all, int val) {
    constexpr size_t block = 512;
    int const *const p = all.data();
    const size_t n = all.size(), whole = n / block * block;
    for (size_t b = 0; b < whole; b += block) {
        int here = 0;
        for (size_t i = 0; i < block; i++) here |= p[b + i] == val;
        if (here != 0) return true;
    }
    for (size_t i = whole; i < n; i++)
        if (p[i] == val) return true;
    return false;
}

bool xorContains(std::vector<int> const& x, std::vector<int> const& y, int val) {
    bool in_x = false, in_y = false;
#pragma omp parallel sections
    {
#pragma omp section
        in_x = holds(x, val);
#pragma omp section
        in_y = holds(y, val);
    }
    return in_x != in_y;
}
