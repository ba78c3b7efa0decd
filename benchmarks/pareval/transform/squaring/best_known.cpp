#include <cstddef>
#include <vector>

// The same loop over a plain pointer; with OpenMP on all threads.
void squareEach(std::vector<int> &x) {
    int *const p = x.data();
    const size_t n = x.size();
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) p[i] = p[i] * p[i];
}
