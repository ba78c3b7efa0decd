#include <cstddef>
#include <vector>

/* The index of the first even element of x, x.size() if there is none. */
size_t findFirstEven(std::vector<int> const& x) {
    for (size_t i = 0; i < x.size(); i++) {
        if (x[i] % 2 == 0) {
            return i;
        }
    }
    return x.size();
}
