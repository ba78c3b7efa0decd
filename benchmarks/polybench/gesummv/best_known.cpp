#include <vector>

/* Both sums in sixteen parts, so that additions need not wait for each other. */

void kernel_gesummv(int n, double alpha, double beta, std::vector<std::vector<double>>& A,
    std::vector<std::vector<double>>& B, std::vector<double>& tmp, std::vector<double>& x, std::vector<double>& y) {
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const double *a = A[i].data(), *b = B[i].data(), *v = x.data();
        double first[16] = {}, second[16] = {};
        int j = 0;
        for (; j + 16 <= n; j += 16)
            for (int c = 0; c < 16; c++) {
                first[c] += a[j + c] * v[j + c];
                second[c] += b[j + c] * v[j + c];
            }
        for (; j < n; j++) {
            first[0] += a[j] * v[j];
            second[0] += b[j] * v[j];
        }
        for (int c = 8; c > 0; c /= 2)
            for (int l = 0; l < c; l++) {
                first[l] += first[l + c];
                second[l] += second[l + c];
            }
        y[i] = alpha * first[0] + beta * second[0];
    }
    (void)tmp;
}
