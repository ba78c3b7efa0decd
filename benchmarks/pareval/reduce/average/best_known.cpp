#include <cstddef>
#include <vector>

// Thirty-two sums side by side instead of one chain of additions.
double average(std::vector<double> const& x) {
    constexpr size_t lanes = 32;
    double const *const p = x.data();
    const size_t n = x.size(), whole = n / lanes * lanes;
    if (n == 0) return 0.0;
    double total = 0.0;
#pragma omp parallel reduction(+ : total)
    {
        double sum[lanes] = {};
#pragma omp for schedule(static)
        for (size_t i = 0; i < whole; i += lanes)
            for (size_t l = 0; l < lanes; l++) sum[l] += p[i + l];
        for (size_t l = 0; l < lanes; l++) total += sum[l];
    }
    for (size_t i = whole; i < n; i++) total += p[i];
    return total / static_cast<double>(n);
}
