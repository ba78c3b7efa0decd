#include <climits>
#include <cstddef>
#include <vector>

// Even numbers count as the largest int, so that the minimum needs no branch and is taken in many lanes.
int smallestOdd(std::vector<int> const& x) {
    int const *const p = x.data();
    const size_t n = x.size();
    int smallest = INT_MAX;
#pragma omp parallel for simd schedule(static) reduction(min : smallest)
    for (size_t i = 0; i < n; i++) {
        const int even = (p[i] & 1) - 1;  // all bits for an even number, none for an odd one
        const int value = (p[i] & ~even) | (INT_MAX & even);
        smallest = value < smallest ? value : smallest;
    }
    return smallest;
}
