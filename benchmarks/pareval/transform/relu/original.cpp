#include <cstddef>
#include <vector>

/* Sets the negative elements of x to zero. */
void relu(std::vector<double> &x) {
    for (size_t i = 0; i < x.size(); i++) {
        if (x[i] < 0.0) {
            x[i] = 0.0;
        }
    }
}
