#include <cstddef>
#include <vector>

bool isPowerOfTwo(int x) {
    return x > 0 && (x & (x - 1)) == 0;
}

/* mask[i] tells whether x[i] is a power of two. */
void mapPowersOfTwo(std::vector<int> const& x, std::vector<bool> &mask) {
    for (size_t i = 0; i < x.size(); i++) {
        mask[i] = isPowerOfTwo(x[i]);
    }
}
