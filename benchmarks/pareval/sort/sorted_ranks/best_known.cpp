#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

// Floats as whole numbers that sort alike, each together with its index, sorted stably by three digits of eleven bits.
void ranks(std::vector<float> const& x, std::vector<size_t> &ranks) {
    const size_t n = x.size();
    std::vector<uint64_t> items(n), other(n);
    std::vector<uint32_t> count(3 * 2048, 0);
    for (size_t i = 0; i < n; i++) {
        const float value = x[i] + 0.0f;  // -0 becomes +0
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits ^= static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u;
        items[i] = static_cast<uint64_t>(bits) << 32 | i;
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
        const int shift = 32 + 11 * pass;
        if (pass == 2) {
            for (size_t i = 0; i < n; i++) ranks[items[i] & 0xffffffffu] = at[items[i] >> shift & 2047]++;
        } else {
            for (size_t i = 0; i < n; i++) other[at[items[i] >> shift & 2047]++] = items[i];
            items.swap(other);
        }
    }
}
