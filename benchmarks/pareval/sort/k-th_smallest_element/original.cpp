#include <algorithm>
#include <vector>

/* The k-th smallest element of x; k counts from 1. */
int findKthSmallest(std::vector<int> const& x, int k) {
    std::vector<int> sorted = x;
    std::sort(sorted.begin(), sorted.end());
    return sorted[k - 1];
}
