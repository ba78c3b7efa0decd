#include <cstddef>
#include <vector>

/* output is 1 where exactly one of the four neighbours in input is 1, else 0; cells beyond the edge are 0. */
void cellsXOR(std::vector<int> const& input, std::vector<int> &output, size_t N) {
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            int count = 0;
            if (i > 0) {
                count += input[(i - 1) * N + j];
            }
            if (i + 1 < N) {
                count += input[(i + 1) * N + j];
            }
            if (j > 0) {
                count += input[i * N + j - 1];
            }
            if (j + 1 < N) {
                count += input[i * N + j + 1];
            }
            output[i * N + j] = count == 1 ? 1 : 0;
        }
    }
}
