#include <cstddef>
#include <vector>

// A row of zeros stands in for what is beyond the upper and lower edge and the two ends of a row are done apart, so that the
// inner loop asks nothing and is vectorised.
void cellsXOR(std::vector<int> const& input, std::vector<int> &output, size_t N) {
    if (N == 0) return;
    const std::vector<int> zeros(N, 0);
    int const *const in = input.data(), *const none = zeros.data();
    int *const out = output.data();
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < N; i++) {
        int const *const up = i > 0 ? in + (i - 1) * N : none, *const down = i + 1 < N ? in + (i + 1) * N : none;
        int const *const row = in + i * N;
        int *__restrict const o = out + i * N;
        o[0] = up[0] + down[0] + (N > 1 ? row[1] : 0) == 1;
        for (size_t j = 1; j + 1 < N; j++) o[j] = up[j] + down[j] + row[j - 1] + row[j + 1] == 1;
        if (N > 1) o[N - 1] = up[N - 1] + down[N - 1] + row[N - 2] == 1;
    }
}
