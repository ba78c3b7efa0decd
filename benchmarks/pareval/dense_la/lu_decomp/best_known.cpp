#include <cstddef>
#include <vector>

// Eight columns at a time: they are factorised first, and the rest of the matrix is then read and written once for all eight
// instead of once for each.
void luFactorize(std::vector<double> &A, size_t N) {
    constexpr size_t width = 8;
    double *const a = A.data();
    for (size_t first = 0; first < N; first += width) {
        const size_t end = first + width < N ? first + width : N;
        for (size_t k = first; k < end; k++) {
            const double inverse = 1.0 / a[k * N + k];
            for (size_t i = k + 1; i < N; i++) {
                const double l = a[i * N + k] *= inverse;
                for (size_t j = k + 1; j < end; j++) a[i * N + j] -= l * a[k * N + j];
            }
        }
        if (end == N) break;
        for (size_t k = first; k < end; k++)
            for (size_t i = k + 1; i < end; i++) {
                const double l = a[i * N + k];
                double const *const u = a + k * N;
                double *__restrict const row = a + i * N;
                for (size_t j = end; j < N; j++) row[j] -= l * u[j];
            }
        double const *const u = a + first * N;
        // Waking threads takes longer than a small rest.
#pragma omp parallel for schedule(static) if ((N - end) * (N - end) > 400000)
        for (size_t i = end; i < N; i++) {
            double *__restrict const row = a + i * N;
            double l[width];
            for (size_t k = 0; k < width; k++) l[k] = row[first + k];
            for (size_t j = end; j < N; j++) {
                const double even = l[0] * u[j] + l[2] * u[2 * N + j] + l[4] * u[4 * N + j] + l[6] * u[6 * N + j];
                const double odd = l[1] * u[N + j] + l[3] * u[3 * N + j] + l[5] * u[5 * N + j] + l[7] * u[7 * N + j];
                row[j] -= even + odd;
            }
        }
    }
}
