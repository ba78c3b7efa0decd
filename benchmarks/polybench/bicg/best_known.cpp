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

void kernel_bicg(int m, int n, std::vector<std::vector<double>>& A, std::vector<double>& s, std::vector<double>& q,
    std::vector<double>& p, std::vector<double>& r) {
    for (int j = 0; j < m; j++) s[j] = 0.0;
#pragma omp parallel
    {
        std::vector<double> share(m);
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++) q[i] = row_both(A[i].data(), p.data(), r[i], share.data(), m);
#pragma omp critical
        for (int j = 0; j < m; j++) s[j] += share[j];
    }
}
