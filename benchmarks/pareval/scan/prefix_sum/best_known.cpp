#include <cstddef>
#include <vector>

// Eight numbers at a time: their own prefix sums do not depend on what came before, so that the chain from one eight to the
// next is a single addition.
static double scan(double const *in, double *out, size_t n, double sum) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        double const *const a = in + i;
        double *const o = out + i;
        const double s1 = a[0] + a[1], s2 = s1 + a[2], s23 = a[2] + a[3], s3 = s1 + s23;
        const double t5 = a[4] + a[5], t6 = t5 + a[6], t67 = a[6] + a[7], t7 = t5 + t67;
        const double middle = sum + s3;
        o[0] = sum + a[0];
        o[1] = sum + s1;
        o[2] = sum + s2;
        o[3] = middle;
        o[4] = middle + a[4];
        o[5] = middle + t5;
        o[6] = middle + t6;
        sum += s3 + t7;
        o[7] = sum;
    }
    for (; i < n; i++) {
        sum += in[i];
        out[i] = sum;
    }
    return sum;
}

void prefixSum(std::vector<double> const& x, std::vector<double> &output) {
    double const *const in = x.data();
    double *const out = output.data();
    const size_t n = x.size();
#ifdef _OPENMP
    // Sums of large blocks first, then every block from the sum before it.
    constexpr size_t block = 16384;
    const size_t blocks = (n + block - 1) / block;
    std::vector<double> before(blocks + 1, 0.0);
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = n < (b + 1) * block ? n : (b + 1) * block;
        double lanes[16] = {};
        size_t i = b * block;
        for (; i + 16 <= end; i += 16)
            for (size_t l = 0; l < 16; l++) lanes[l] += in[i + l];
        double sum = 0.0;
        for (double lane : lanes) sum += lane;
        for (; i < end; i++) sum += in[i];
        before[b + 1] = sum;
    }
    for (size_t b = 0; b < blocks; b++) before[b + 1] += before[b];
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) scan(in + b * block, out + b * block, n - b * block < block ? n - b * block : block, before[b]);
#else
    scan(in, out, n, 0.0);
#endif
}
