#include <algorithm>
#include <cstddef>
#include <vector>

const int edgeKernel[3][3] = {{-1, -1, -1}, {-1, 8, -1}, {-1, -1, -1}};

/* Convolves imageIn with the edge kernel and clamps to 0..255; pixels beyond the edge are 0. */
void convolveKernel(std::vector<int> const& imageIn, std::vector<int> &imageOut, size_t N) {
    const long n = static_cast<long>(N);
    for (long i = 0; i < n; i++) {
        for (long j = 0; j < n; j++) {
            int sum = 0;
            for (long di = -1; di <= 1; di++) {
                for (long dj = -1; dj <= 1; dj++) {
                    const long r = i + di;
                    const long c = j + dj;
                    if (r >= 0 && r < n && c >= 0 && c < n) {
                        sum += edgeKernel[di + 1][dj + 1] * imageIn[r * n + c];
                    }
                }
            }
            imageOut[i * n + j] = std::clamp(sum, 0, 255);
        }
    }
}
