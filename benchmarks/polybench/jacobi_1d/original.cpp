#include <vector>

/* B from A and A from B, each point the average of three. */
void kernel_jacobi_1d(int tsteps, int n, std::vector<double>& A, std::vector<double>& B) {
    for (int t = 0; t < tsteps; t++) {
        for (int i = 1; i < n - 1; i++) B[i] = (A[i - 1] + A[i] + A[i + 1]) / 3.0;
        for (int i = 1; i < n - 1; i++) A[i] = (B[i - 1] + B[i] + B[i + 1]) / 3.0;
    }
}
