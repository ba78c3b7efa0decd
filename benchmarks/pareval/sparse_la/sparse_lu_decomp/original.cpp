#include <algorithm>
#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

/* A = L * U for the sparse N x N matrix A and full, row-major L (ones on the diagonal) and U. */
void luFactorize(std::vector<COOElement> const& A, std::vector<double> &L, std::vector<double> &U, size_t N) {
    std::fill(L.begin(), L.end(), 0.0);
    std::fill(U.begin(), U.end(), 0.0);
    for (COOElement const& element : A) {
        U[element.row * N + element.column] += element.value;
    }

    for (size_t k = 0; k < N; k++) {
        L[k * N + k] = 1.0;
        for (size_t i = k + 1; i < N; i++) {
            L[i * N + k] = U[i * N + k] / U[k * N + k];
            U[i * N + k] = 0.0;
            for (size_t j = k + 1; j < N; j++) {
                U[i * N + j] -= L[i * N + k] * U[k * N + j];
            }
        }
    }
}
