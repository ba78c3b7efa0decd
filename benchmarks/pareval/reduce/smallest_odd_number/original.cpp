#include <limits>
#include <vector>

/* The smallest odd element of x, the largest int if there is none. */
int smallestOdd(std::vector<int> const& x) {
    int smallest = std::numeric_limits<int>::max();
    for (int value : x) {
        if (value % 2 != 0 && value < smallest) {
            smallest = value;
        }
    }
    return smallest;
}
