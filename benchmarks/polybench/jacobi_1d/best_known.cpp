#include <vector>

/* Several half steps go through the grid together, each one element behind the one before it, so that the grid is read from memory once. */

/* Elements from..to of the h-th half step: B from A if h is even, A from B if it is odd. */
static void half_step(std::vector<double> &A, std::vector<double> &B, int h, int from, int to) {
    const double *x = h % 2 == 0 ? A.data() : B.data();
    double *__restrict y = h % 2 == 0 ? B.data() : A.data();
    for (int i = from; i < to; i++) y[i] = (x[i - 1] + x[i] + x[i + 1]) * (1.0 / 3.0);
}

void kernel_jacobi_1d(int tsteps, int n, std::vector<double>& A, std::vector<double>& B) {
    if (n < 3) return;
    const int halves = 2 * tsteps;
#ifdef _OPENMP
#pragma omp parallel
    for (int h = 0; h < halves; h++) {
#pragma omp for schedule(static)
        for (int part = 1; part < n - 1; part += 4096) half_step(A, B, h, part, part + 4096 < n - 1 ? part + 4096 : n - 1);
    }
#else
    for (int start = 1; start < n - 1 + halves; start += 4096) {
        for (int h = 0; h < halves; h++) {
            const int from = start - h > 1 ? start - h : 1, to = start - h + 4096 < n - 1 ? start - h + 4096 : n - 1;
            half_step(A, B, h, from, to);
        }
    }
#endif
}
