#include <cmath>
#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

/* Replaces x, whose size is a power of two, by the complex conjugate of its Fourier transform. */
void fftConjugate(std::vector<std::complex<double>> &x) {
    const size_t N = x.size();

    for (size_t i = 1, j = 0; i < N; i++) {
        size_t bit = N / 2;
        while (j & bit) {
            j ^= bit;
            bit /= 2;
        }
        j ^= bit;
        if (i < j) {
            std::swap(x[i], x[j]);
        }
    }

    for (size_t length = 2; length <= N; length *= 2) {
        const double angle = -2.0 * M_PI / length;
        for (size_t start = 0; start < N; start += length) {
            for (size_t k = 0; k < length / 2; k++) {
                const std::complex<double> t = std::polar(1.0, angle * k) * x[start + k + length / 2];
                const std::complex<double> u = x[start + k];
                x[start + k] = u + t;
                x[start + k + length / 2] = u - t;
            }
        }
    }

    for (size_t i = 0; i < N; i++) {
        x[i] = std::conj(x[i]);
    }
}
