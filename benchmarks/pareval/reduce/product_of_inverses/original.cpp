#include <cstddef>
#include <vector>

/* x[0] * 1/x[1] * x[2] * 1/x[3] * ..., 1 if x is empty. */
double productWithInverses(std::vector<double> const& x) {
    double result = 1.0;
    for (size_t i = 0; i < x.size(); i++) {
        if (i % 2 == 0) {
            result *= x[i];
        } else {
            result *= 1.0 / x[i];
        }
    }
    return result;
}
