#include <vector>

/* True if target is an element of x. */
bool contains(std::vector<int> const& x, int target) {
    for (int value : x) {
        if (value == target) {
            return true;
        }
    }
    return false;
}
