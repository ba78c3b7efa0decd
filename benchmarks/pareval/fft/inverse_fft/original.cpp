#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

/* Unscaled inverse transform by splitting into even and odd elements. */
void inverseWithoutScaling(std::vector<std::complex<double>> &x) {
    const size_t N = x.size();
    if (N <= 1) {
        return;
    }

    std::vector<std::complex<double>> even(N / 2), odd(N / 2);
    for (size_t i = 0; i < N / 2; i++) {
        even[i] = x[2 * i];
        odd[i] = x[2 * i + 1];
    }
    inverseWithoutScaling(even);
    inverseWithoutScaling(odd);

    for (size_t k = 0; k < N / 2; k++) {
        const std::complex<double> t = std::polar(1.0, 2.0 * M_PI * k / N) * odd[k];
        x[k] = even[k] + t;
        x[k + N / 2] = even[k] - t;
    }
}

/* Replaces x, whose size is a power of two, by its inverse Fourier transform. */
void ifft(std::vector<std::complex<double>> &x) {
    inverseWithoutScaling(x);
    for (std::complex<double> &value : x) {
        value /= static_cast<double>(x.size());
    }
}
