#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

// All angles are multiples of 2 pi / N: one table of N roots serves every sum, and since x is real the second half of the output
// is the conjugate of the first. Sums of several frequencies are built side by side, which is vectorised.
void dft(std::vector<double> const& x, std::vector<std::complex<double>> &output) {
    constexpr size_t lanes = 16;
    const size_t N = x.size();
    if (N == 0) return;
    std::vector<double> c(N), s(N);
    for (size_t k = 0; k < N; k++) {
        const double angle = -2.0 * M_PI * static_cast<double>(k) / static_cast<double>(N);
        c[k] = std::cos(angle);
        s[k] = std::sin(angle);
    }
    const size_t half = N / 2 + 1;
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < half; first += lanes) {
        double re[lanes] = {}, im[lanes] = {};
        unsigned at[lanes] = {}, step[lanes];
        const unsigned n32 = static_cast<unsigned>(N);
        for (size_t l = 0; l < lanes; l++) step[l] = static_cast<unsigned>((first + l) % N);
        for (size_t n = 0; n < N; n++) {
            const double value = x[n];
            for (size_t l = 0; l < lanes; l++) {
                re[l] += value * c[at[l]];
                im[l] += value * s[at[l]];
                const unsigned next = at[l] + step[l];
                at[l] = next >= n32 ? next - n32 : next;
            }
        }
        for (size_t l = 0; l < lanes && first + l < half; l++) output[first + l] = {re[l], im[l]};
    }
    for (size_t k = half; k < N; k++) output[k] = std::conj(output[N - k]);
}
