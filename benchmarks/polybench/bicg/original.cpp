#include <vector>

/* s = A^T r and q = A p in one pass over A (n x m). */
void kernel_bicg(int m, int n, std::vector<std::vector<double>>& A, std::vector<double>& s, std::vector<double>& q,
    std::vector<double>& p, std::vector<double>& r) {
    for (int j = 0; j < m; j++) s[j] = 0.0;
    for (int i = 0; i < n; i++) {
        q[i] = 0.0;
        for (int j = 0; j < m; j++) {
            s[j] += r[i] * A[i][j];
            q[i] += A[i][j] * p[j];
        }
    }
}
