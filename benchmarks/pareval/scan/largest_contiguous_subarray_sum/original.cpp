#include <algorithm>
#include <cstddef>
#include <vector>

/* The largest sum of one or more neighbouring elements of x, 0 if x is empty. */
int maximumSubarray(std::vector<int> const& x) {
    if (x.empty()) {
        return 0;
    }

    int largest = x[0];
    for (size_t i = 0; i < x.size(); i++) {
        int sum = 0;
        for (size_t j = i; j < x.size(); j++) {
            sum += x[j];
            largest = std::max(largest, sum);
        }
    }
    return largest;
}
