#include <cstddef>
#include <cstdint>
#include <vector>

// Sorted by three digits of eleven bits, the lowest first; taken out and put back without branches.
void sortIgnoreZero(std::vector<int> &x) {
    const size_t n = x.size();
    std::vector<uint32_t> items(n + 1), other(n + 1);
    std::vector<uint32_t> count(3 * 2048, 0);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        items[kept] = static_cast<uint32_t>(x[i]) ^ 0x80000000u;
        kept += x[i] != 0;
    }
    for (size_t i = 0; i < kept; i++) {
        const uint32_t bits = items[i];
        count[bits & 2047]++;
        count[2048 + (bits >> 11 & 2047)]++;
        count[4096 + (bits >> 22)]++;
    }
    for (int pass = 0; pass < 3; pass++) {
        uint32_t *const at = &count[static_cast<size_t>(pass) * 2048];
        uint32_t sum = 0;
        for (int d = 0; d < 2048; d++) {
            const uint32_t c = at[d];
            at[d] = sum;
            sum += c;
        }
        for (size_t i = 0; i < kept; i++) other[at[items[i] >> (11 * pass) & 2047]++] = items[i];
        items.swap(other);
    }
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
        const bool there = x[i] != 0;
        x[i] = there ? static_cast<int>(items[next] ^ 0x80000000u) : 0;
        next += there;
    }
}
