#include <cstddef>
#include <vector>

// Thirty-two sums side by side instead of one chain of additions.
double sumOfMinimumElements(std::vector<double> const& x, std::vector<double> const& y) {
    constexpr size_t lanes = 32;
    double const *const p = x.data(), *const q = y.data();
    const size_t n = x.size(), whole = n / lanes * lanes;
    double total = 0.0;
#pragma omp parallel reduction(+ : total)
    {
        double sum[lanes] = {};
#pragma omp for schedule(static)
        for (size_t i = 0; i < whole; i += lanes)
            for (size_t l = 0; l < lanes; l++) sum[l] += q[i + l] < p[i + l] ? q[i + l] : p[i + l];
        for (size_t l = 0; l < lanes; l++) total += sum[l];
    }
    for (size_t i = whole; i < n; i++) total += q[i] < p[i] ? q[i] : p[i];
    return total;
}
