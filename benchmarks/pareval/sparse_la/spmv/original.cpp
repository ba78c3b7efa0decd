#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

/* y = alpha * A * x + beta * y for the sparse M x N matrix A, given as a list of its elements. */
void spmv(double alpha, std::vector<COOElement> const& A, std::vector<double> const& x, double beta, std::vector<double> &y, size_t M, size_t N) {
    std::vector<double> product(M, 0.0);
    for (COOElement const& element : A) {
        product[element.row] += element.value * x[element.column];
    }
    for (size_t i = 0; i < M; i++) {
        y[i] = alpha * product[i] + beta * y[i];
    }
}
