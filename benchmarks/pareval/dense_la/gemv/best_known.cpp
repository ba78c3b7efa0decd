#include <cstddef>
#include <vector>

// Thirty-two sums side by side instead of one chain of additions per row.
void gemv(std::vector<double> const& A, std::vector<double> const& x, std::vector<double> &y, size_t M, size_t N) {
    constexpr size_t lanes = 32;
    double const *const v = x.data();
    const size_t whole = N / lanes * lanes;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < M; i++) {
        double const *const row = A.data() + i * N;
        double part[lanes] = {};
        for (size_t j = 0; j < whole; j += lanes)
            for (size_t l = 0; l < lanes; l++) part[l] += row[j + l] * v[j + l];
        double sum = 0.0;
        for (size_t l = 0; l < lanes; l++) sum += part[l];
        for (size_t j = whole; j < N; j++) sum += row[j] * v[j];
        y[i] = sum;
    }
}
