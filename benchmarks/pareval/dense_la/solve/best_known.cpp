#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

// Eight columns at a time: they are eliminated first, and the rest of the matrix is then read and written once for all eight
// instead of once for each. The right-hand side goes along as one more column.
void solveLinearSystem(std::vector<double> const& A, std::vector<double> const& b, std::vector<double> &x, size_t N) {
    constexpr size_t width = 8;
    const size_t W = N + 1;
    std::vector<double> matrix(N * W);
    double *const a = matrix.data();
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) a[i * W + j] = A[i * N + j];
        a[i * W + N] = b[i];
    }
    for (size_t first = 0; first < N; first += width) {
        const size_t end = first + width < N ? first + width : N;
        for (size_t k = first; k < end; k++) {
            size_t pivot = k;
            for (size_t i = k + 1; i < N; i++)
                if (std::fabs(a[i * W + k]) > std::fabs(a[pivot * W + k])) pivot = i;
            if (pivot != k)
                for (size_t j = first; j < W; j++) std::swap(a[k * W + j], a[pivot * W + j]);
            const double inverse = 1.0 / a[k * W + k];
            for (size_t i = k + 1; i < N; i++) {
                const double l = a[i * W + k] *= inverse;
                for (size_t j = k + 1; j < end; j++) a[i * W + j] -= l * a[k * W + j];
            }
        }
        for (size_t k = first; k < end; k++)
            for (size_t i = k + 1; i < end; i++) {
                const double l = a[i * W + k];
                double const *const u = a + k * W;
                double *__restrict const row = a + i * W;
                for (size_t j = end; j < W; j++) row[j] -= l * u[j];
            }
        if (end == N) break;
        double const *const u = a + first * W;
        // Waking threads takes longer than a small rest.
#pragma omp parallel for schedule(static) if ((N - end) * (N - end) > 400000)
        for (size_t i = end; i < N; i++) {
            double *__restrict const row = a + i * W;
            double l[width];
            for (size_t k = 0; k < width; k++) l[k] = row[first + k];
            for (size_t j = end; j < W; j++) {
                const double even = l[0] * u[j] + l[2] * u[2 * W + j] + l[4] * u[4 * W + j] + l[6] * u[6 * W + j];
                const double odd = l[1] * u[W + j] + l[3] * u[3 * W + j] + l[5] * u[5 * W + j] + l[7] * u[7 * W + j];
                row[j] -= even + odd;
            }
        }
    }
    for (size_t i = N; i-- > 0;) {
        double sum = a[i * W + N];
        for (size_t j = i + 1; j < N; j++) sum -= a[i * W + j] * x[j];
        x[i] = sum / a[i * W + i];
    }
}
