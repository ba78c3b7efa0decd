#include <algorithm>
#include <cstddef>
#include <vector>

struct Element { size_t index; double value; };

// The places of later elements are asked for early.
static void add(double factor, std::vector<Element> const& list, double *z) {
    constexpr size_t ahead = 24;
    const size_t n = list.size();
    Element const *const p = list.data();
    size_t k = 0;
    for (; k + ahead < n; k++) {
        __builtin_prefetch(z + p[k + ahead].index, 1);
        z[p[k].index] += factor * p[k].value;
    }
    for (; k < n; k++) z[p[k].index] += factor * p[k].value;
}

void sparseAxpy(double alpha, std::vector<Element> const& x, std::vector<Element> const& y, std::vector<double> &z) {
    std::fill(z.begin(), z.end(), 0.0);
    add(alpha, x, z.data());
    add(1.0, y, z.data());
}
