#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

/* Solves A * x = b by Gaussian elimination with partial pivoting. */
void solveLinearSystem(std::vector<double> const& A, std::vector<double> const& b, std::vector<double> &x, size_t N) {
    std::vector<double> a = A;
    std::vector<double> rhs = b;

    for (size_t k = 0; k < N; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < N; i++) {
            if (std::fabs(a[i * N + k]) > std::fabs(a[pivot * N + k])) {
                pivot = i;
            }
        }
        if (pivot != k) {
            for (size_t j = 0; j < N; j++) {
                std::swap(a[k * N + j], a[pivot * N + j]);
            }
            std::swap(rhs[k], rhs[pivot]);
        }
        for (size_t i = k + 1; i < N; i++) {
            const double factor = a[i * N + k] / a[k * N + k];
            for (size_t j = k; j < N; j++) {
                a[i * N + j] -= factor * a[k * N + j];
            }
            rhs[i] -= factor * rhs[k];
        }
    }

    for (size_t i = N; i-- > 0;) {
        double sum = rhs[i];
        for (size_t j = i + 1; j < N; j++) {
            sum -= a[i * N + j] * x[j];
        }
        x[i] = sum / a[i * N + i];
    }
}
