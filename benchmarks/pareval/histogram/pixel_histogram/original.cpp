#include <array>
#include <cstddef>
#include <vector>

/* Counts how often each grey value from 0 to 255 occurs in the image. */
void pixelCounts(std::vector<int> const& image, std::array<size_t, 256> &bins) {
    bins.fill(0);
    for (int pixel : image) {
        bins[pixel] += 1;
    }
}
