#include <cstddef>
#include <vector>

int countNeighbors(std::vector<int> const& cells, size_t N, size_t row, size_t column) {
    int count = 0;
    for (int dr = -1; dr <= 1; dr++) {
        for (int dc = -1; dc <= 1; dc++) {
            if (dr == 0 && dc == 0) {
                continue;
            }
            const long r = static_cast<long>(row) + dr;
            const long c = static_cast<long>(column) + dc;
            if (r >= 0 && r < static_cast<long>(N) && c >= 0 && c < static_cast<long>(N)) {
                count += cells[r * N + c];
            }
        }
    }
    return count;
}

/* One generation of Conway's game of life on an N x N board; cells beyond the edge are dead. */
void gameOfLife(std::vector<int> const& input, std::vector<int> &output, size_t N) {
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            const int neighbors = countNeighbors(input, N, i, j);
            if (input[i * N + j] == 1) {
                output[i * N + j] = neighbors == 2 || neighbors == 3 ? 1 : 0;
            } else {
                output[i * N + j] = neighbors == 3 ? 1 : 0;
            }
        }
    }
}
