#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

/* The lowest bits of value in reverse order. */
size_t reverseBits(size_t value, int bits) {
    size_t reversed = 0;
    for (int b = 0; b < bits; b++) {
        reversed = (reversed << 1) | ((value >> b) & 1);
    }
    return reversed;
}

/* Fourier transform of x, whose size is a power of two. */
void fft(std::vector<std::complex<double>> const& x, std::vector<std::complex<double>> &output) {
    const size_t N = x.size();
    int bits = 0;
    while ((size_t(1) << bits) < N) {
        bits++;
    }
    for (size_t n = 0; n < N; n++) {
        output[reverseBits(n, bits)] = x[n];
    }

    for (size_t half = 1; half < N; half *= 2) {
        for (size_t start = 0; start < N; start += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                const std::complex<double> root = std::polar(1.0, -M_PI * k / half);
                const std::complex<double> even = output[start + k];
                const std::complex<double> odd = root * output[start + half + k];
                output[start + k] = even + odd;
                output[start + half + k] = even - odd;
            }
        }
    }
}
