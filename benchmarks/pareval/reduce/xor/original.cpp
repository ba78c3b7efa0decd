#include <cstddef>
#include <vector>

/* The exclusive or of all elements of x, false if there are none. */
bool reduceLogicalXOR(std::vector<bool> const& x) {
    bool result = false;
    for (size_t i = 0; i < x.size(); i++) {
        result = result != x[i];
    }
    return result;
}
