#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

/* Fourier transform by splitting into even and odd elements. */
std::vector<std::complex<double>> transform(std::vector<std::complex<double>> const& x) {
    const size_t N = x.size();
    if (N <= 1) {
        return x;
    }

    std::vector<std::complex<double>> even(N / 2), odd(N / 2);
    for (size_t n = 0; n < N / 2; n++) {
        even[n] = x[2 * n];
        odd[n] = x[2 * n + 1];
    }
    even = transform(even);
    odd = transform(odd);

    std::vector<std::complex<double>> result(N);
    for (size_t k = 0; k < N / 2; k++) {
        const std::complex<double> t = std::polar(1.0, -2.0 * M_PI * k / N) * odd[k];
        result[k] = even[k] + t;
        result[k + N / 2] = even[k] - t;
    }
    return result;
}

/* Real parts r and imaginary parts i of the Fourier transform of x, whose size is a power of two. */
void fft(std::vector<std::complex<double>> const& x, std::vector<double> &r, std::vector<double> &i) {
    const std::vector<std::complex<double>> result = transform(x);
    for (size_t k = 0; k < result.size(); k++) {
        r[k] = result[k].real();
        i[k] = result[k].imag();
    }
}
