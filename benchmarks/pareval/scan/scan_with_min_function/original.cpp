#include <algorithm>
#include <cstddef>
#include <vector>

/* x[i] becomes the smallest of x[0], ..., x[i]. */
void partialMinimums(std::vector<float> &x) {
    for (size_t i = 1; i < x.size(); i++) {
        x[i] = std::min(x[i - 1], x[i]);
    }
}
