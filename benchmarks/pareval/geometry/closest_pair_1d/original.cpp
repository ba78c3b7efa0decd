#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

/* The smallest distance between two elements of x, 0 if there are fewer than two. */
double closestPair(std::vector<double> const& x) {
    if (x.size() < 2) {
        return 0.0;
    }

    std::vector<double> sorted = x;
    std::sort(sorted.begin(), sorted.end());
    double closest = std::numeric_limits<double>::max();
    for (size_t i = 1; i < sorted.size(); i++) {
        closest = std::min(closest, sorted[i] - sorted[i - 1]);
    }
    return closest;
}
