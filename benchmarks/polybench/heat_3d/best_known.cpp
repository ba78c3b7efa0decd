#include <vector>

/* Several half steps go through the grid together, each one plane behind the one before it, so that the grid is read from memory once. */

using Grid = std::vector<std::vector<std::vector<double>>>;

/* Plane i of the h-th half step: B from A if h is even, A from B if it is odd. */
static void half_step(Grid &A, Grid &B, int h, int i) {
    const Grid &X = h % 2 == 0 ? A : B;
    Grid &Y = h % 2 == 0 ? B : A;
    const int n = static_cast<int>(X.size());
    for (int j = 1; j < n - 1; j++) {
        const double *x = X[i][j].data(), *front = X[i - 1][j].data(), *behind = X[i + 1][j].data();
        const double *above = X[i][j - 1].data(), *below = X[i][j + 1].data();
        double *__restrict y = Y[i][j].data();
        for (int k = 1; k < n - 1; k++) {
            y[k] = 0.125 * ((front[k] + behind[k]) + (above[k] + below[k]) + (x[k - 1] + x[k + 1]) + 2.0 * x[k]);
        }
    }
}

void kernel_heat_3d(int tsteps, int n, std::vector<std::vector<std::vector<double>>>& A,
    std::vector<std::vector<std::vector<double>>>& B) {
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
