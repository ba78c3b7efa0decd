#include <cmath>
#include <cstddef>
#include <vector>

/* The index of the element closest to pi, the first of several that are equally close. */
size_t findClosestToPi(std::vector<double> const& x) {
    size_t closest = 0;
    for (size_t i = 1; i < x.size(); i++) {
        if (std::fabs(x[i] - M_PI) < std::fabs(x[closest] - M_PI)) {
            closest = i;
        }
    }
    return closest;
}
