#include <cstddef>
#include <vector>

// The same over plain pointers that are said not to overlap; with OpenMP on all threads.
void axpy(double alpha, std::vector<double> const& x, std::vector<double> const& y, std::vector<double> &z) {
    const size_t n = x.size();
    double const *const p = x.data(), *const q = y.data();
    double *__restrict const out = z.data();
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) out[i] = alpha * p[i] + q[i];
}
