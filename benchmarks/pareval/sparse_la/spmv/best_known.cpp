#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

// The sums are gathered in a short array of their own, four elements of the list at a time so that their loads overlap.
void spmv(double alpha, std::vector<COOElement> const& A, std::vector<double> const& x, double beta, std::vector<double> &y, size_t M, size_t N) {
    (void)N;
    std::vector<double> product(M, 0.0);
    double *const sum = product.data();
    double const *const v = x.data();
    COOElement const *const e = A.data();
    const size_t n = A.size();
    size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        const double a = e[k].value * v[e[k].column], b = e[k + 1].value * v[e[k + 1].column];
        const double c = e[k + 2].value * v[e[k + 2].column], d = e[k + 3].value * v[e[k + 3].column];
        sum[e[k].row] += a;
        sum[e[k + 1].row] += b;
        sum[e[k + 2].row] += c;
        sum[e[k + 3].row] += d;
    }
    for (; k < n; k++) sum[e[k].row] += e[k].value * v[e[k].column];
    for (size_t i = 0; i < M; i++) y[i] = alpha * sum[i] + beta * y[i];
}
