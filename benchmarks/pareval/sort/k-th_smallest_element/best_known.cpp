#include <cstddef>
#include <cstdint>
#include <vector>

// Selection by digits of eleven, eleven and ten bits: each pass counts one digit and keeps only those elements that share the
// wanted digit. No comparison, so no branch that cannot be foretold.
int findKthSmallest(std::vector<int> const& x, int k) {
    const auto key = [](int value) { return static_cast<uint32_t>(value) ^ 0x80000000u; };
    size_t rank = static_cast<size_t>(k - 1), n = x.size();
    std::vector<uint32_t> left(n);
    std::vector<uint32_t> count(2048, 0);
    for (size_t i = 0; i < n; i++) {
        left[i] = key(x[i]);
        count[left[i] >> 21]++;
    }
    const unsigned shifts[3] = {21, 10, 0}, masks[3] = {2047, 2047, 1023};
    for (int pass = 0;; pass++) {
        uint32_t digit = 0;
        for (; rank >= count[digit]; digit++) rank -= count[digit];
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            left[kept] = left[i];
            kept += ((left[i] >> shifts[pass]) & masks[pass]) == digit;
        }
        n = kept;
        if (pass == 2 || n == 1) break;
        count.assign(2048, 0);
        for (size_t i = 0; i < n; i++) count[(left[i] >> shifts[pass + 1]) & masks[pass + 1]]++;
    }
    return static_cast<int>(left[0] ^ 0x80000000u);
}
