#include <vector>

/* C = alpha A B + beta C with the lower triangle of a symmetric A: row i of A is also part of column i. */
void kernel_symm(int m, int n, double alpha, double beta, std::vector<std::vector<double>>& C,
    std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B) {
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int k = 0; k < i; k++) {
                C[k][j] += alpha * B[i][j] * A[i][k];
                sum += B[k][j] * A[i][k];
            }
            C[i][j] = beta * C[i][j] + alpha * B[i][j] * A[i][i] + alpha * sum;
        }
    }
}
