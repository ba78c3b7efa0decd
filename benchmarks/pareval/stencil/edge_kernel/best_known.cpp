#include <cstddef>
#include <vector>

// Nine times the pixel minus the sum of all nine. Sums over three rows come first, in a line with a zero at each end, so that
// no loop asks about edges and all are vectorised.
void convolveKernel(std::vector<int> const& imageIn, std::vector<int> &imageOut, size_t N) {
    if (N == 0) return;
    const std::vector<int> zeros(N, 0);
    int const *const in = imageIn.data(), *const none = zeros.data();
    int *const out = imageOut.data();
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
                const int edge = 9 * row[j] - sum[j] - sum[j + 1] - sum[j + 2];
                const int low = edge < 0 ? 0 : edge;
                o[j] = low > 255 ? 255 : low;
            }
        }
    }
}
