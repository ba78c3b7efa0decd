#include <cmath>
#include <vector>

/* Q R = A by modified Gram-Schmidt, column by column. */
void kernel_gramschmidt(int m, int n, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& R,
    std::vector<std::vector<double>>& Q) {
    for (int k = 0; k < n; k++) {
        double norm = 0.0;
        for (int i = 0; i < m; i++) norm += A[i][k] * A[i][k];
        R[k][k] = std::sqrt(norm);
        for (int i = 0; i < m; i++) Q[i][k] = A[i][k] / R[k][k];
        for (int j = k + 1; j < n; j++) {
            R[k][j] = 0.0;
            for (int i = 0; i < m; i++) R[k][j] += Q[i][k] * A[i][j];
            for (int i = 0; i < m; i++) A[i][j] -= Q[i][k] * R[k][j];
        }
    }
}
