#include <cstddef>
#include <vector>

// The best sum that ends here is this element, alone or after the best that ended before it.
int maximumSubarray(std::vector<int> const& x) {
    if (x.empty()) return 0;
    int ending = x[0], largest = x[0];
    for (size_t i = 1; i < x.size(); i++) {
        ending = (ending > 0 ? ending : 0) + x[i];
        largest = ending > largest ? ending : largest;
    }
    return largest;
}
