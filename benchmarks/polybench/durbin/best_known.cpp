#include <vector>

/* Sum of products of two rows in four vectors' worth of sums. */
static double dot(const double *a, const double *b, int n) {
    double sums[32] = {};
    int j = 0;
    for (; j + 32 <= n; j += 32)
        for (int c = 0; c < 32; c++) sums[c] += a[j + c] * b[j + c];
    for (; j + 8 <= n; j += 8)
        for (int c = 0; c < 8; c++) sums[c] += a[j + c] * b[j + c];
    for (int c = 16; c > 0; c /= 2)
        for (int l = 0; l < c; l++) sums[l] += sums[l + c];
    for (; j < n; j++) sums[0] += a[j] * b[j];
    return sums[0];
}

void kernel_durbin(int n, std::vector<double>& r, std::vector<double>& y) {
    // r backwards, and the solution so far both ways (backwards it grows at its front), so that every loop runs forwards.
    std::vector<double> turned(r.rbegin(), r.rend()), back(n);
    double beta = 1.0;
    for (int k = 0; k < n; k++) {
        double *__restrict ahead = y.data(), *__restrict behind = back.data() + (n - k);
        const double alpha = -(r[k] + dot(turned.data() + (n - k), ahead, k)) / beta;
        for (int i = 0; i < k; i++) {
            const double one = ahead[i], other = behind[i];
            ahead[i] = one + alpha * other;
            behind[i] = other + alpha * one;
        }
        y[k] = alpha;
        back[n - k - 1] = alpha;
        beta *= 1.0 - alpha * alpha;
    }
}
