#include <cmath>
#include <cstddef>
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

/* Takes out of four columns their part along q and notes how much it was. */
static void four_columns(const double *__restrict q, double *__restrict first, int m, double *share) {
    double *a = first, *b = a + m, *c = b + m, *d = c + m;
    double sums[4][16] = {};
    int i = 0;
    for (; i + 16 <= m; i += 16)
        for (int l = 0; l < 16; l++) {
            sums[0][l] += q[i + l] * a[i + l];
            sums[1][l] += q[i + l] * b[i + l];
            sums[2][l] += q[i + l] * c[i + l];
            sums[3][l] += q[i + l] * d[i + l];
        }
    for (; i < m; i++)
        for (int r = 0; r < 4; r++) sums[r][0] += q[i] * first[static_cast<size_t>(r) * m + i];
    for (int r = 0; r < 4; r++) {
        for (int h = 8; h > 0; h /= 2)
            for (int l = 0; l < h; l++) sums[r][l] += sums[r][l + h];
        share[r] = sums[r][0];
        double *column = first + static_cast<size_t>(r) * m;
        for (int l = 0; l < m; l++) column[l] -= sums[r][0] * q[l];
    }
}

void kernel_gramschmidt(int m, int n, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& R,
    std::vector<std::vector<double>>& Q) {
    // Columns lie side by side in memory; four of them go through a projection at a time.
    std::vector<double> columns(static_cast<size_t>(n) * m);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) columns[static_cast<size_t>(j) * m + i] = A[i][j];
    for (int k = 0; k < n; k++) {
        double *q = columns.data() + static_cast<size_t>(k) * m;
        const double norm = std::sqrt(dot(q, q, m)), inverse = 1.0 / norm;
        R[k][k] = norm;
        for (int i = 0; i < m; i++) q[i] *= inverse;
        double *row = R[k].data();
        // Waking threads takes longer than a small rest.
#pragma omp parallel for schedule(static) if (static_cast<long>(n - k) * m > 200000)
        for (int j = k + 1; j < n; j += 4) {
            if (j + 4 <= n) {
                four_columns(q, columns.data() + static_cast<size_t>(j) * m, m, row + j);
            } else {
                for (int l = j; l < n; l++) {
                    double *column = columns.data() + static_cast<size_t>(l) * m;
                    const double share = row[l] = dot(q, column, m);
                    for (int i = 0; i < m; i++) column[i] -= share * q[i];
                }
            }
        }
    }
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) Q[i][j] = columns[static_cast<size_t>(j) * m + i];
}
