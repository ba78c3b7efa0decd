#include <algorithm>
#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

/* Y = A * X for sparse A (M x K) and X (K x N) and full, row-major Y. */
void spmm(std::vector<COOElement> const& A, std::vector<COOElement> const& X, std::vector<double> &Y, size_t M, size_t K, size_t N) {
    std::vector<double> full(K * N, 0.0);
    for (COOElement const& x : X) {
        full[x.row * N + x.column] += x.value;
    }

    std::fill(Y.begin(), Y.begin() + M * N, 0.0);
    for (COOElement const& a : A) {
        for (size_t j = 0; j < N; j++) {
            Y[a.row * N + j] += a.value * full[a.column * N + j];
        }
    }
}
