#include <cstddef>
#include <vector>

/* output[i] is the average of input[i-1], input[i] and input[i+1]; elements beyond the ends are 0. */
void jacobi1D(std::vector<double> const& input, std::vector<double> &output) {
    const size_t n = input.size();
    for (size_t i = 0; i < n; i++) {
        double sum = input[i];
        if (i > 0) {
            sum += input[i - 1];
        }
        if (i + 1 < n) {
            sum += input[i + 1];
        }
        output[i] = sum / 3.0;
    }
}
