#include <vector>

/* Each row is read once for both products; its sum in sixty-four parts: so many that they stay a loop, which compilers vectorise
   best. Each thread adds up its own share of the transposed product. */
static double row_both(const double *__restrict row, const double *__restrict p, double by, double *__restrict s, int m) {
    double parts[64] = {}, sum = 0.0;
    int j = 0;
    for (; j + 64 <= m; j += 64)
        for (int l = 0; l < 64; l++) {
            s[j + l] += by * row[j + l];
            parts[l] += row[j + l] * p[j + l];
        }
    for (; j < m; j++) {
        s[j] += by * row[j];
        sum += row[j] * p[j];
    }
    for (int c = 32; c > 0; c /= 2)
        for (int l = 0; l < c; l++) parts[l] += parts[l + c];
    return sum + parts[0];
}

void kernel_mvt(int n, std::vector<double>& x1, std::vector<double>& x2, std::vector<double>& y_1,
    std::vector<double>& y_2, std::vector<std::vector<double>>& A) {
#pragma omp parallel
    {
        std::vector<double> share(n);
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++) x1[i] += row_both(A[i].data(), y_1.data(), y_2[i], share.data(), n);
#pragma omp critical
        for (int j = 0; j < n; j++) x2[j] += share[j];
    }
}
