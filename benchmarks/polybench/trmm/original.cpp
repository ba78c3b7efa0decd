#include <vector>

/* B = alpha A^T B with a unit lower triangular A; row i only needs rows below it, which are still as they were. */
void kernel_trmm(int m, int n, double alpha, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B) {
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
            for (int k = i + 1; k < m; k++) B[i][j] += A[k][i] * B[k][j];
            B[i][j] = alpha * B[i][j];
        }
    }
}
