#include <algorithm>
#include <cstddef>
#include <vector>

// Six rows of C at a time and sixteen of its columns, over all of K: the sums stay in registers, and every element of B that is
// loaded serves six rows. The rows are written out, since sums with a variable index would live in memory.
void gemm(std::vector<double> const& A, std::vector<double> const& B, std::vector<double> &C, size_t M, size_t K, size_t N) {
    constexpr size_t rows = 6, columns = 16;
    double const *const a = A.data(), *const b = B.data();
    double *const c = C.data();
    const size_t whole = M / rows * rows;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < whole; i += rows) {
        size_t j = 0;
        for (; j + columns <= N; j += columns) {
            double sum[rows][columns];
            for (size_t l = 0; l < columns; l++) sum[0][l] = sum[1][l] = sum[2][l] = sum[3][l] = sum[4][l] = sum[5][l] = 0.0;
            for (size_t k = 0; k < K; k++) {
                double const *const line = b + k * N + j;
                const double f0 = a[i * K + k], f1 = a[(i + 1) * K + k], f2 = a[(i + 2) * K + k], f3 = a[(i + 3) * K + k],
                             f4 = a[(i + 4) * K + k], f5 = a[(i + 5) * K + k];
                for (size_t l = 0; l < columns; l++) {
                    sum[0][l] += f0 * line[l];
                    sum[1][l] += f1 * line[l];
                    sum[2][l] += f2 * line[l];
                    sum[3][l] += f3 * line[l];
                    sum[4][l] += f4 * line[l];
                    sum[5][l] += f5 * line[l];
                }
            }
            for (size_t l = 0; l < columns; l++) c[(i + 0) * N + j + l] = sum[0][l];
            for (size_t l = 0; l < columns; l++) c[(i + 1) * N + j + l] = sum[1][l];
            for (size_t l = 0; l < columns; l++) c[(i + 2) * N + j + l] = sum[2][l];
            for (size_t l = 0; l < columns; l++) c[(i + 3) * N + j + l] = sum[3][l];
            for (size_t l = 0; l < columns; l++) c[(i + 4) * N + j + l] = sum[4][l];
            for (size_t l = 0; l < columns; l++) c[(i + 5) * N + j + l] = sum[5][l];
        }
        if (j == N) continue;
        for (size_t r = i; r < i + rows; r++) {
            double *__restrict const row = c + r * N;
            std::fill(row + j, row + N, 0.0);
            for (size_t k = 0; k < K; k++) {
                const double factor = a[r * K + k];
                for (size_t l = j; l < N; l++) row[l] += factor * b[k * N + l];
            }
        }
    }
    for (size_t i = whole; i < M; i++) {
        double *__restrict const row = c + i * N;
        std::fill(row, row + N, 0.0);
        for (size_t k = 0; k < K; k++) {
            const double factor = a[i * K + k];
            for (size_t l = 0; l < N; l++) row[l] += factor * b[k * N + l];
        }
    }
}
