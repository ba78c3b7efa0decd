#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

/* ranks[i] is the index of x[i] in sorted order; equal elements keep their order. */
void ranks(std::vector<float> const& x, std::vector<size_t> &ranks) {
    std::vector<size_t> order(x.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&x](size_t a, size_t b) { return x[a] < x[b]; });
    for (size_t i = 0; i < order.size(); i++) {
        ranks[order[i]] = i;
    }
}
