#include <vector>

/* Both sums in sixty-four parts: additions need not wait for each other, and so many parts stay a loop, which compilers vectorise best. */

void kernel_gesummv(int n, double alpha, double beta, std::vector<std::vector<double>>& A,
    std::vector<std::vector<double>>& B, std::vector<double>& tmp, std::vector<double>& x, std::vector<double>& y) {
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const double *a = A[i].data(), *b = B[i].data(), *v = x.data();
        double first[64] = {}, second[64] = {};
        int j = 0;
        for (; j + 64 <= n; j += 64)
            for (int c = 0; c < 64; c++) {
                first[c] += a[j + c] * v[j + c];
                second[c] += b[j + c] * v[j + c];
            }
        for (; j < n; j++) {
            first[0] += a[j] * v[j];
            second[0] += b[j] * v[j];
        }
        for (int c = 32; c > 0; c /= 2)
            for (int l = 0; l < c; l++) {
                first[l] += first[l + c];
                second[l] += second[l + c];
            }
        y[i] = alpha * first[0] + beta * second[0];
    }
    (void)tmp;
}
