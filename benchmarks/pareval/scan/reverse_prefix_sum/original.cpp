#include <cstddef>
#include <vector>

/* output[i] is the sum of the last i + 1 elements of x. */
void reversePrefixSum(std::vector<int> const& x, std::vector<int> &output) {
    int sum = 0;
    for (size_t i = 0; i < x.size(); i++) {
        sum += x[x.size() - 1 - i];
        output[i] = sum;
    }
}
