#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

// Squared magnitudes order alike and need no root. Their bits as a whole number sort like the numbers, so the elements are sorted
// by the upper 32 bits in three digits; what those cannot tell apart is put in order by insertion.
void sortComplexByMagnitude(std::vector<std::complex<double>> &x) {
    const size_t n = x.size();
    if (n < 64) {
        std::sort(x.begin(), x.end(), [](auto const &a, auto const &b) { return std::norm(a) < std::norm(b); });
        return;
    }
    struct Item {
        double squared;
        uint32_t key, index;
    };
    std::vector<Item> items(n), other(n);
    std::vector<uint32_t> count(3 * 2048, 0);
    for (size_t i = 0; i < n; i++) {
        const double squared = x[i].real() * x[i].real() + x[i].imag() * x[i].imag();
        uint64_t bits;
        std::memcpy(&bits, &squared, sizeof bits);
        const uint32_t key = static_cast<uint32_t>(bits >> 31);
        items[i] = {squared, key, static_cast<uint32_t>(i)};
        count[key & 2047]++;
        count[2048 + (key >> 11 & 2047)]++;
        count[4096 + (key >> 22)]++;
    }
    for (int pass = 0; pass < 3; pass++) {
        uint32_t *const at = &count[static_cast<size_t>(pass) * 2048];
        uint32_t sum = 0;
        for (int d = 0; d < 2048; d++) {
            const uint32_t c = at[d];
            at[d] = sum;
            sum += c;
        }
        for (size_t i = 0; i < n; i++) other[at[items[i].key >> (11 * pass) & 2047]++] = items[i];
        items.swap(other);
    }
    for (size_t from = 0; from < n;) {
        size_t to = from + 1;
        while (to < n && items[to].key == items[from].key) to++;
        if (to - from > 1)
            std::sort(items.begin() + static_cast<long>(from), items.begin() + static_cast<long>(to),
                      [](Item const &a, Item const &b) { return a.squared < b.squared; });
        from = to;
    }
    std::vector<std::complex<double>> sorted(n);
    for (size_t i = 0; i < n; i++) sorted[i] = x[items[i].index];
    x.swap(sorted);
}
