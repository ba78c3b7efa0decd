#include <vector>

/* Several half steps go through the grid together, each one row behind the one before it, so that the grid is read from memory once. */

using Matrix = std::vector<std::vector<double>>;

/* Row i of the h-th half step: B from A if h is even, A from B if it is odd. */
static void half_step(Matrix &A, Matrix &B, int h, int i) {
    const Matrix &X = h % 2 == 0 ? A : B;
    const double *above = X[i - 1].data(), *x = X[i].data(), *below = X[i + 1].data();
    double *__restrict y = (h % 2 == 0 ? B : A)[i].data();
    const int n = static_cast<int>(X.size());
    for (int j = 1; j < n - 1; j++) y[j] = 0.2 * (x[j] + x[j - 1] + x[j + 1] + below[j] + above[j]);
}

void kernel_jacobi_2d(int tsteps, int n, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B) {
    const int halves = 2 * tsteps;
#ifdef _OPENMP
#pragma omp parallel
    for (int h = 0; h < halves; h++) {
#pragma omp for schedule(static)
        for (int i = 1; i < n - 1; i++) half_step(A, B, h, i);
    }
#else
    for (int wave = 1; wave < n - 1 + halves; wave++) {
        for (int h = 0; h < halves; h++) {
            const int i = wave - h;
            if (i >= 1 && i < n - 1) half_step(A, B, h, i);
        }
    }
#endif
}
