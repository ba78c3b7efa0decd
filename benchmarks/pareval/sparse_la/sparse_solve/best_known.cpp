#include <cmath>
#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

// Gauss-Seidel on rows: with such a diagonal every sweep at least halves the error, so some fifty sweeps over a few elements
// replace an elimination in the full matrix. Ends when a sweep changes nothing that could matter.
void solveLinearSystem(std::vector<COOElement> const& A, std::vector<double> const& b, std::vector<double> &x, size_t N) {
    std::vector<size_t> start(N + 1, 0);
    std::vector<double> diagonal(N, 0.0);
    for (COOElement const &e : A) {
        if (e.row == e.column) diagonal[e.row] += e.value;
        else start[e.row + 1]++;
    }
    for (size_t i = 0; i < N; i++) start[i + 1] += start[i];
    std::vector<size_t> at(start.begin(), start.end()), column(start[N]);
    std::vector<double> value(start[N]);
    for (COOElement const &e : A)
        if (e.row != e.column) {
            const size_t k = at[e.row]++;
            column[k] = e.column;
            value[k] = e.value;
        }
    for (size_t i = 0; i < N; i++) {
        diagonal[i] = 1.0 / diagonal[i];
        x[i] = b[i] * diagonal[i];
    }
    for (int sweep = 0; sweep < 100; sweep++) {
        double change = 0.0, largest = 0.0;
        for (size_t i = 0; i < N; i++) {
            double sum = b[i];
            for (size_t k = start[i]; k < start[i + 1]; k++) sum -= value[k] * x[column[k]];
            const double next = sum * diagonal[i];
            const double moved = std::fabs(next - x[i]), size = std::fabs(next);
            change = moved > change ? moved : change;
            largest = size > largest ? size : largest;
            x[i] = next;
        }
        if (change <= 1e-13 * largest) break;
    }
}
