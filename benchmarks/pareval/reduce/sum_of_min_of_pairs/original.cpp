#include <algorithm>
#include <cstddef>
#include <vector>

/* The sum of the smaller elements of all pairs x[i], y[i]. */
double sumOfMinimumElements(std::vector<double> const& x, std::vector<double> const& y) {
    double sum = 0.0;
    for (size_t i = 0; i < x.size(); i++) {
        sum += std::min(x[i], y[i]);
    }
    return sum;
}
