#include <cstddef>
#include <vector>

/* x[i] becomes its square. */
void squareEach(std::vector<int> &x) {
    for (size_t i = 0; i < x.size(); i++) {
        x[i] = x[i] * x[i];
    }
}
