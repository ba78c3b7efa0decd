#include <cstddef>
#include <vector>

// The half of an even number is a plain shift: no rounding towards zero to correct.
void negateOddsAndHalveEvens(std::vector<int> &x) {
    int *const p = x.data();
    const size_t n = x.size();
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        const int v = p[i], half = v >> 1, odd = -(v & 1);
        const int negative = static_cast<int>(0u - static_cast<unsigned>(v));
        p[i] = (half & ~odd) | (negative & odd);
    }
}
