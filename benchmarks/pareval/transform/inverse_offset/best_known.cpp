#include <cstddef>
#include <vector>

// The same loop over a plain pointer; with OpenMP on all threads.
void oneMinusInverse(std::vector<double> &x) {
    double *const p = x.data();
    const size_t n = x.size();
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) p[i] = 1.0 - 1.0 / p[i];
}
