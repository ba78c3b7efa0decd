#include <algorithm>
#include <cstddef>
#include <vector>

struct COOElement { size_t row, column; double value; };

// Row by row: only factors that are not zero change a row, and only as far as the row they come from reaches.
void luFactorize(std::vector<COOElement> const& A, std::vector<double> &L, std::vector<double> &U, size_t N) {
    std::fill(L.begin(), L.end(), 0.0);
    std::fill(U.begin(), U.end(), 0.0);
    std::vector<size_t> first(N, N), end(N, 0);
    std::vector<double> inverse(N);
    for (COOElement const &e : A) {
        U[e.row * N + e.column] += e.value;
        first[e.row] = std::min(first[e.row], e.column);
        end[e.row] = std::max(end[e.row], e.column + 1);
    }
    for (size_t i = 0; i < N; i++) {
        double *__restrict const row = U.data() + i * N;
        for (size_t k = first[i]; k < i; k++) {
            if (row[k] == 0.0) continue;
            double const *const other = U.data() + k * N;
            const double factor = row[k] * inverse[k];
            const size_t reach = end[k];
            for (size_t j = k + 1; j < reach; j++) row[j] -= factor * other[j];
            end[i] = std::max(end[i], reach);
            L[i * N + k] = factor;
            row[k] = 0.0;
        }
        L[i * N + i] = 1.0;
        inverse[i] = 1.0 / row[i];
    }
}
