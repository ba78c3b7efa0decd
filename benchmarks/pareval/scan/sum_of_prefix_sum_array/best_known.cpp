#include <cstddef>
#include <vector>

// x[i] is in n - i of the prefix sums, so a weighted sum gives the same without any of them; in many lanes.
double sumOfPrefixSum(std::vector<double> const& x) {
    constexpr size_t lanes = 32;
    double const *const p = x.data();
    const size_t n = x.size(), whole = n / lanes * lanes;
    double total = 0.0;
#pragma omp parallel reduction(+ : total)
    {
        double sum[lanes] = {};
#pragma omp for schedule(static)
        for (size_t i = 0; i < whole; i += lanes) {
            const double weight = static_cast<double>(n - i);
            for (size_t l = 0; l < lanes; l++) sum[l] += (weight - static_cast<double>(l)) * p[i + l];
        }
        for (size_t l = 0; l < lanes; l++) total += sum[l];
    }
    for (size_t i = whole; i < n; i++) total += static_cast<double>(n - i) * p[i];
    return total;
}
