#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

struct COOElement { size_t row, column; double value; };

struct Part { size_t column; double value; };

// The elements of X are put together by row once; an element of A then meets only those of its row of X. A's are put together
// as well, so that one row of Y after the other is written while it is near.
static void byRow(std::vector<COOElement> const& all, size_t rows, std::vector<size_t> &start, std::vector<Part> &parts) {
    start.assign(rows + 1, 0);
    parts.resize(all.size());
    for (COOElement const &e : all) start[e.row + 1]++;
    for (size_t r = 0; r < rows; r++) start[r + 1] += start[r];
    std::vector<size_t> at(start.begin(), start.end());
    for (COOElement const &e : all) parts[at[e.row]++] = {e.column, e.value};
}

void spmm(std::vector<COOElement> const& A, std::vector<COOElement> const& X, std::vector<double> &Y, size_t M, size_t K, size_t N) {
    std::vector<size_t> a_start, x_start;
    std::vector<Part> a, x;
    byRow(A, M, a_start, a);
    byRow(X, K, x_start, x);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < M; i++) {
        double *const row = Y.data() + i * N;
        std::fill(row, row + N, 0.0);
        for (size_t k = a_start[i]; k < a_start[i + 1]; k++) {
            const double value = a[k].value;
            for (size_t l = x_start[a[k].column]; l < x_start[a[k].column + 1]; l++) row[x[l].column] += value * x[l].value;
        }
    }
}
