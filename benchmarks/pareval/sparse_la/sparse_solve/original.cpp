#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

/* Solves A * x = b by Gaussian elimination on the full matrix; the diagonal dominates, so rows stay in place. */
void solveLinearSystem(std::vector<COOElement> const& A, std::vector<double> const& b, std::vector<double> &x, size_t N) {
    std::vector<double> full(N * N, 0.0);
    for (COOElement const& element : A) {
        full[element.row * N + element.column] += element.value;
    }
    std::vector<double> rhs = b;

    for (size_t k = 0; k < N; k++) {
        for (size_t i = k + 1; i < N; i++) {
            const double factor = full[i * N + k] / full[k * N + k];
            for (size_t j = k; j < N; j++) {
                full[i * N + j] -= factor * full[k * N + j];
            }
            rhs[i] -= factor * rhs[k];
        }
    }

    for (size_t i = N; i-- > 0;) {
        double sum = rhs[i];
        for (size_t j = i + 1; j < N; j++) {
            sum -= full[i * N + j] * x[j];
        }
        x[i] = sum / full[i * N + i];
    }
}
