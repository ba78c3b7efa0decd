#include <cstddef>
#include <vector>

constexpr double Ninth = 1.0 / 9.0;

/* A ninth of the eight points that are known before the left neighbour is. */
static void known(const double *above, const double *x, const double *below, double *__restrict sums, int n) {
    for (int j = 1; j < n - 1; j++) {
        sums[j] = Ninth * (above[j - 1] + above[j] + above[j + 1] + x[j] + x[j + 1] + below[j - 1] + below[j] + below[j + 1]);
    }
}

void kernel_seidel_2d(int tsteps, int n, std::vector<std::vector<double>>& A) {
    if (n < 3) return;
    // Four sweeps at a time, each two rows behind the one before it: their rows do not depend on each other.
    std::vector<double> space(static_cast<size_t>(4) * n);
    for (int t = 0; t < tsteps; t += 4) {
        const int sweeps = tsteps - t < 4 ? tsteps - t : 4;
        for (int wave = 1; wave < n - 1 + 2 * sweeps; wave++) {
            double *row[4], *sums[4];
            int rows = 0;
            for (int s = 0; s < sweeps; s++) {
                const int i = wave - 2 * s;
                if (i < 1 || i >= n - 1) continue;
                row[rows] = A[i].data();
                sums[rows] = space.data() + static_cast<size_t>(rows) * n;
                known(A[i - 1].data(), A[i].data(), A[i + 1].data(), sums[rows], n);
                rows++;
            }
            if (rows == 4) {
                double a = row[0][0], b = row[1][0], c = row[2][0], d = row[3][0];
                for (int j = 1; j < n - 1; j++) {
                    row[0][j] = a = a * Ninth + sums[0][j];
                    row[1][j] = b = b * Ninth + sums[1][j];
                    row[2][j] = c = c * Ninth + sums[2][j];
                    row[3][j] = d = d * Ninth + sums[3][j];
                }
            } else {
                for (int r = 0; r < rows; r++) {
                    double left = row[r][0];
                    for (int j = 1; j < n - 1; j++) row[r][j] = left = left * Ninth + sums[r][j];
                }
            }
        }
    }
}
