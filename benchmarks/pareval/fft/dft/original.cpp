#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

/* Discrete Fourier transform of the real signal x: output[k] = sum over n of x[n] * e^(-2*pi*i*k*n/N). */
void dft(std::vector<double> const& x, std::vector<std::complex<double>> &output) {
    const size_t N = x.size();
    for (size_t k = 0; k < N; k++) {
        std::complex<double> sum(0.0, 0.0);
        for (size_t n = 0; n < N; n++) {
            const double angle = -2.0 * M_PI * k * n / N;
            sum += x[n] * std::polar(1.0, angle);
        }
        output[k] = sum;
    }
}
