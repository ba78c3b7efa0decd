#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

struct Result { int startTime, duration; float value; };

// Sorted by three digits of eleven bits, the lowest first: no comparison, so no branch that cannot be foretold.
void sortByStartTime(std::vector<Result> &results) {
    const size_t n = results.size();
    if (n < 64) {
        std::sort(results.begin(), results.end(), [](Result const &a, Result const &b) { return a.startTime < b.startTime; });
        return;
    }
    std::vector<Result> other(n);
    std::vector<uint32_t> count(3 * 2048, 0);
    const auto key = [](Result const &r) { return static_cast<uint32_t>(r.startTime) ^ 0x80000000u; };
    for (Result const &r : results) {
        const uint32_t bits = key(r);
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
        for (size_t i = 0; i < n; i++) other[at[key(results[i]) >> (11 * pass) & 2047]++] = results[i];
        results.swap(other);
    }
}
