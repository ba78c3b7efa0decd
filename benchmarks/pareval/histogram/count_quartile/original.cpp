#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

/* Counts the elements of x by the quarter in which their fractional part lies. */
void countQuartiles(std::vector<double> const& x, std::array<size_t, 4> &bins) {
    bins.fill(0);
    for (double value : x) {
        const double fraction = value - std::floor(value);
        if (fraction < 0.25) {
            bins[0]++;
        } else if (fraction < 0.5) {
            bins[1]++;
        } else if (fraction < 0.75) {
            bins[2]++;
        } else {
            bins[3]++;
        }
    }
}
