#include <array>
#include <cstddef>
#include <vector>

/* Counts the numbers from 0 to 100 in ten bins of width 10. */
void binsBy10Count(std::vector<double> const& x, std::array<size_t, 10> &bins) {
    bins.fill(0);
    for (double value : x) {
        const size_t bin = static_cast<size_t>(value / 10.0);
        bins[bin] += 1;
    }
}
