#include <cstddef>
#include <vector>

/* x[i] becomes 1 - 1/x[i]. */
void oneMinusInverse(std::vector<double> &x) {
    for (size_t i = 0; i < x.size(); i++) {
        x[i] = 1.0 - 1.0 / x[i];
    }
}
