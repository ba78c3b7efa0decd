#include <algorithm>
#include <cstddef>
#include <vector>

// Four rows of C at a time and a strip of its columns, over all of K: the sums stay in registers, and every element of B that is
// loaded serves four rows.
void gemm(std::vector<double> const& A, std::vector<double> const& B, std::vector<double> &C, size_t M, size_t K, size_t N) {
    constexpr size_t rows = 4, columns = 32;
    double const *const a = A.data(), *const b = B.data();
    double *const c = C.data();
    const size_t whole = M / rows * rows;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < whole; i += rows) {
        size_t j = 0;
        for (; j + columns <= N; j += columns) {
            double sum[rows][columns] = {};
            for (size_t k = 0; k < K; k++) {
                double const *const line = b + k * N + j;
                for (size_t r = 0; r < rows; r++) {
                    const double factor = a[(i + r) * K + k];
                    for (size_t l = 0; l < columns; l++) sum[r][l] += factor * line[l];
                }
            }
            for (size_t r = 0; r < rows; r++) std::copy(sum[r], sum[r] + columns, c + (i + r) * N + j);
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
