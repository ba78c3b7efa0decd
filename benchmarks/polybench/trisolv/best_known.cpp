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

void kernel_trisolv(int n, std::vector<std::vector<double>>& L, std::vector<double>& x, std::vector<double>& b) {
    for (int i = 0; i < n; i++) x[i] = (b[i] - dot(L[i].data(), x.data(), i)) / L[i][i];
}
