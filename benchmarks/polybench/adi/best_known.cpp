#include <cstddef>
#include <vector>

/* The coefficients once instead of once per line; columns vectorised as they are, rows in strips that are turned around. */

/* What elimination of a tridiagonal system with `side` beside and `middle` on the diagonal needs: the same for every line and step. */
struct Elimination {
    std::vector<double> p, factor;
    Elimination(double side, double middle, int n) : p(n), factor(n) {
        for (int j = 1; j < n - 1; j++) {
            factor[j] = 1.0 / (side * p[j - 1] + middle);
            p[j] = -side * factor[j];
        }
    }
};

void kernel_adi(int tsteps, int n, std::vector<std::vector<double>>& u, std::vector<std::vector<double>>& v,
    std::vector<std::vector<double>>& p, std::vector<std::vector<double>>& q) {
    if (n < 3) return;
    const double m1 = 2.0 * n * n / tsteps;
    const double m2 = 1.0 * n * n / tsteps;
    const double a = -m1 / 2.0, b = 1.0 + m1;
    const double d = -m2 / 2.0, e = 1.0 + m2;
    const Elimination along_columns(a, b, n), along_rows(d, e, n);
    constexpr int Strip = 16;

    for (int t = 0; t < tsteps; t++) {
#pragma omp parallel for schedule(static)
        for (int i0 = 1; i0 < n - 1; i0 += 4 * Strip) {
            const int i1 = i0 + 4 * Strip < n - 1 ? i0 + 4 * Strip : n - 1;
            for (int i = i0; i < i1; i++) v[0][i] = q[0][i] = v[n - 1][i] = 1.0;
            for (int j = 1; j < n - 1; j++) {
                const double *x = u[j].data(), *before = q[j - 1].data();
                double *__restrict now = q[j].data();
                const double factor = along_columns.factor[j];
                for (int i = i0; i < i1; i++) {
                    now[i] = ((1.0 + 2.0 * d) * x[i] - d * (x[i - 1] + x[i + 1]) - a * before[i]) * factor;
                }
            }
            for (int j = n - 2; j >= 1; j--) {
                const double *now = q[j].data(), *after = v[j + 1].data();
                double *__restrict y = v[j].data();
                const double p = along_columns.p[j];
                for (int i = i0; i < i1; i++) y[i] = p * after[i] + now[i];
            }
        }
#pragma omp parallel for schedule(static)
        for (int i0 = 1; i0 < n - 1; i0 += Strip) {
            // Rows side by side, so that all go through the elimination together.
            const int height = n - 1 - i0 < Strip ? n - 1 - i0 : Strip;
            std::vector<double> space(static_cast<size_t>(n) * Strip, 1.0);
            double(*lines)[Strip] = reinterpret_cast<double(*)[Strip]>(space.data());
            for (int r = 0; r < height; r++) {
                const double *above = v[i0 + r - 1].data(), *x = v[i0 + r].data(), *below = v[i0 + r + 1].data();
                for (int j = 1; j < n - 1; j++) lines[j][r] = (1.0 + 2.0 * a) * x[j] - a * (above[j] + below[j]);
            }
            for (int j = 1; j < n - 1; j++)
                for (int r = 0; r < Strip; r++) lines[j][r] = (lines[j][r] - d * lines[j - 1][r]) * along_rows.factor[j];
            for (int j = n - 2; j >= 1; j--)
                for (int r = 0; r < Strip; r++) lines[j][r] += along_rows.p[j] * lines[j + 1][r];
            for (int r = 0; r < height; r++) {
                double *x = u[i0 + r].data();
                for (int j = 0; j < n; j++) x[j] = lines[j][r];
            }
        }
    }
    (void)p;
}
