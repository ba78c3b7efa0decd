#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

// Stockham's transform: every pass reads one array and writes another in the order the next pass wants, so there is no
// reordering by reversed bits. Real and imaginary parts lie apart, which lets the inner loops be vectorised, and the roots of
// unity come from one table made of products of two short ones.
struct Parts {
    std::vector<double> re, im;
    explicit Parts(size_t n) : re(n), im(n) {}
};

static Parts roots(size_t n) {
    const size_t half = n / 2;
    size_t fine = 1;
    while (fine * fine < half) fine *= 2;
    Parts small(fine), all(half);
    const double unit = -2.0 * M_PI / static_cast<double>(n);
    for (size_t k = 0; k < fine; k++) {
        small.re[k] = std::cos(unit * static_cast<double>(k));
        small.im[k] = std::sin(unit * static_cast<double>(k));
    }
    for (size_t base = 0; base < half; base += fine) {
        const double c = std::cos(unit * static_cast<double>(base)), s = std::sin(unit * static_cast<double>(base));
        for (size_t k = 0; k < fine && base + k < half; k++) {
            all.re[base + k] = c * small.re[k] - s * small.im[k];
            all.im[base + k] = c * small.im[k] + s * small.re[k];
        }
    }
    return all;
}

// Transforms data, whose length is a power of two.
static void stockham(Parts &data) {
    const size_t N = data.re.size();
    if (N < 2) return;
    const Parts w = roots(N);
    Parts other(N);
    for (size_t n = N, s = 1; n > 1; n /= 2, s *= 2) {
        const size_t m = n / 2;
        double const *const xr = data.re.data(), *const xi = data.im.data();
        double *__restrict const yr = other.re.data(), *__restrict const yi = other.im.data();
        if (s < 8) {
            for (size_t q = 0; q < s; q++)
                for (size_t p = 0; p < m; p++) {
                    const size_t a = q + s * p, b = a + s * m, o = q + 2 * s * p;
                    const double dr = xr[a] - xr[b], di = xi[a] - xi[b], c = w.re[p * s], t = w.im[p * s];
                    yr[o] = xr[a] + xr[b];
                    yi[o] = xi[a] + xi[b];
                    yr[o + s] = dr * c - di * t;
                    yi[o + s] = dr * t + di * c;
                }
        } else {
#pragma omp parallel for schedule(static) if (N >= 8192)
            for (size_t p = 0; p < m; p++) {
                const double c = w.re[p * s], t = w.im[p * s];
                double const *const ar = xr + s * p, *const ai = xi + s * p, *const br = ar + s * m, *const bi = ai + s * m;
                double *__restrict const o0 = yr + 2 * s * p, *__restrict const o1 = yi + 2 * s * p;
                for (size_t q = 0; q < s; q++) {
                    const double dr = ar[q] - br[q], di = ai[q] - bi[q];
                    o0[q] = ar[q] + br[q];
                    o1[q] = ai[q] + bi[q];
                    o0[q + s] = dr * c - di * t;
                    o1[q + s] = dr * t + di * c;
                }
            }
        }
        data.re.swap(other.re);
        data.im.swap(other.im);
    }
}

// The inverse is the conjugate of the transform of the conjugate, over N.
void ifft(std::vector<std::complex<double>> &x) {
    const size_t N = x.size();
    Parts data(N);
    for (size_t k = 0; k < N; k++) {
        data.re[k] = x[k].real();
        data.im[k] = -x[k].imag();
    }
    stockham(data);
    const double scale = 1.0 / static_cast<double>(N);
    for (size_t k = 0; k < N; k++) x[k] = {data.re[k] * scale, -data.im[k] * scale};
}
