#include <array>
#include <cstddef>
#include <vector>

// Bins of a block of numbers are computed side by side; eight tables, so that no count waits for the one before.
void binsBy10Count(std::vector<double> const& x, std::array<size_t, 10> &bins) {
    constexpr size_t block = 512, tables = 8, width = 16;
    double const *const p = x.data();
    const size_t n = x.size(), whole = n / block;
    bins.fill(0);
#pragma omp parallel
    {
        size_t count[tables][width] = {};
        int bin[block];
#pragma omp for schedule(static) nowait
        for (size_t b = 0; b < whole; b++) {
            for (size_t i = 0; i < block; i++) bin[i] = static_cast<int>(p[b * block + i] / 10.0);
            for (size_t i = 0; i < block; i += tables)
                for (size_t t = 0; t < tables; t++) count[t][bin[i + t]]++;
        }
#pragma omp critical
        for (size_t k = 0; k < bins.size(); k++)
            for (size_t t = 0; t < tables; t++) bins[k] += count[t][k];
    }
    for (size_t i = whole * block; i < n; i++) bins[static_cast<size_t>(p[i] / 10.0)]++;
}
