#include <cstddef>
#include <numeric>
#include <vector>

/* The sum of all inclusive prefix sums of x, 0 if x is empty. */
double sumOfPrefixSum(std::vector<double> const& x) {
    std::vector<double> prefix(x.size());
    double running = 0.0;
    for (size_t i = 0; i < x.size(); i++) {
        running += x[i];
        prefix[i] = running;
    }
    return std::accumulate(prefix.begin(), prefix.end(), 0.0);
}
