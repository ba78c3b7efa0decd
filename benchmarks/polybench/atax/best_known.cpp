#include <vector>

/* Four rows at a time while they are in the first cache, sums in sixty-four parts; each thread adds up its own share of the transposed product. */

/* Sum of products of two rows in sixty-four parts: so many that they stay a loop, which compilers vectorise best. */
static double dot(const double *a, const double *b, int n) {
    double parts[64] = {}, sum = 0.0;
    int j = 0;
    for (; j + 64 <= n; j += 64)
        for (int l = 0; l < 64; l++) parts[l] += a[j + l] * b[j + l];
    for (; j < n; j++) sum += a[j] * b[j];
    for (int c = 32; c > 0; c /= 2)
        for (int l = 0; l < c; l++) parts[l] += parts[l + c];
    return sum + parts[0];
}

/* Four rows of a matrix at once: `dots` gives each row's product with p, `add` adds the rows times by[r] to s. */
struct Four {
    const double *row[4];
    void dots(const double *p, int n, double *what) const {
        for (int r = 0; r < 4; r++) what[r] = dot(row[r], p, n);
    }
    void add(const double *by, double *__restrict s, int n) const {
        const double *a = row[0], *b = row[1], *c = row[2], *d = row[3];
        for (int j = 0; j < n; j++) s[j] += a[j] * by[0] + b[j] * by[1] + c[j] * by[2] + d[j] * by[3];
    }
};

void kernel_atax(int m, int n, std::vector<std::vector<double>>& A, std::vector<double>& x, std::vector<double>& y,
    std::vector<double>& tmp) {
    for (int j = 0; j < n; j++) y[j] = 0.0;
#pragma omp parallel
    {
        std::vector<double> share(n);
#pragma omp for schedule(static) nowait
        for (int i = 0; i < m; i += 4) {
            const int height = m - i < 4 ? m - i : 4;
            Four four;
            for (int r = 0; r < 4; r++) four.row[r] = A[i + (r < height ? r : 0)].data();
            double what[4];
            four.dots(x.data(), n, what);
            for (int r = height; r < 4; r++) what[r] = 0.0;
            four.add(what, share.data(), n);
        }
#pragma omp critical
        for (int j = 0; j < n; j++) y[j] += share[j];
    }
    (void)tmp;
}
