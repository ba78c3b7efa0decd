#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

// Eight tables of short counters, so that no count waits for the one before and all tables stay near.
void pixelCounts(std::vector<int> const& image, std::array<size_t, 256> &bins) {
    constexpr size_t tables = 8, part = size_t{1} << 19;
    int const *const p = image.data();
    const size_t n = image.size(), whole = n / tables * tables;
    bins.fill(0);
#pragma omp parallel for schedule(static)
    for (size_t from = 0; from < whole; from += part) {
        const size_t to = whole - from < part ? whole : from + part;
        std::vector<uint32_t> count(tables * 256, 0);
        uint32_t *const c = count.data();
        for (size_t i = from; i < to; i += tables)
            for (size_t t = 0; t < tables; t++) c[t * 256 + static_cast<size_t>(p[i + t])]++;
#pragma omp critical
        for (size_t k = 0; k < 256; k++)
            for (size_t t = 0; t < tables; t++) bins[k] += c[t * 256 + k];
    }
    for (size_t i = whole; i < n; i++) bins[static_cast<size_t>(p[i])]++;
}
