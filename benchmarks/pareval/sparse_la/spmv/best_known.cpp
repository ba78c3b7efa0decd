#include <algorithm>
#include <cstddef>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif

struct COOElement { size_t row, column; double value; };

// The list is by far the largest thing that is read: it is asked for well before it is needed, across the ends of pages, where
// the machine itself stops looking ahead. Each thread has sums of its own.
void spmv(double alpha, std::vector<COOElement> const& A, std::vector<double> const& x, double beta, std::vector<double> &y, size_t M, size_t N) {
    (void)N;
    constexpr size_t ahead = 96;
    size_t threads = 1;
#ifdef _OPENMP
    threads = static_cast<size_t>(omp_get_max_threads());
#endif
    std::vector<double> sums(threads * M, 0.0);
    double *const all = sums.data();
    double const *const v = x.data();
    COOElement const *const e = A.data();
    const size_t n = A.size();
#pragma omp parallel
    {
        double *sum = all;
#ifdef _OPENMP
        sum += static_cast<size_t>(omp_get_thread_num()) * M;
#endif
#pragma omp for schedule(static)
        for (size_t k = 0; k < n; k++) {
            __builtin_prefetch(e + std::min(k + ahead, n - 1));
            sum[e[k].row] += e[k].value * v[e[k].column];
        }
#pragma omp for schedule(static)
        for (size_t i = 0; i < M; i++) {
            double total = all[i];
            for (size_t t = 1; t < threads; t++) total += all[t * M + i];
            y[i] = alpha * total + beta * y[i];
        }
    }
}
