#include <cstddef>
#include <vector>

// Sums over three rows come first, in a line with a zero at each end, so that no loop asks about edges and all are vectorised.
// With the cell itself counted, 3 makes life and 4 keeps it.
void gameOfLife(std::vector<int> const& input, std::vector<int> &output, size_t N) {
    if (N == 0) return;
    const std::vector<int> zeros(N, 0);
    int const *const in = input.data(), *const none = zeros.data();
    int *const out = output.data();
#pragma omp parallel
    {
        std::vector<int> line(N + 2, 0);
        int *__restrict const sum = line.data();
#pragma omp for schedule(static)
        for (size_t i = 0; i < N; i++) {
            int const *const up = i > 0 ? in + (i - 1) * N : none, *const down = i + 1 < N ? in + (i + 1) * N : none;
            int const *const row = in + i * N;
            int *__restrict const o = out + i * N;
            for (size_t j = 0; j < N; j++) sum[j + 1] = up[j] + row[j] + down[j];
            for (size_t j = 0; j < N; j++) {
                const int all = sum[j] + sum[j + 1] + sum[j + 2];
                o[j] = (all == 3) | ((all == 4) & row[j]);
            }
        }
    }
}
