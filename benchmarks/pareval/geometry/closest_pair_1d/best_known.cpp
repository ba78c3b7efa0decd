#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

// As many buckets of equal width as numbers: evenly spread numbers are nearly sorted after one pass, and what shares a bucket
// is sorted there.
double closestPair(std::vector<double> const& x) {
    const size_t n = x.size();
    if (n < 2) return 0.0;
    double low = x[0], high = x[0];
    for (double value : x) {
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    const double scale = static_cast<double>(n - 1) / (high - low);
    std::vector<double> sorted(n);
    if (!std::isfinite(scale)) {
        sorted = x;
        std::sort(sorted.begin(), sorted.end());
    } else {
        std::vector<uint32_t> bucket(n), start(n + 1, 0);
        for (size_t i = 0; i < n; i++) {
            const size_t b = static_cast<size_t>((x[i] - low) * scale);
            bucket[i] = static_cast<uint32_t>(b < n ? b : n - 1);
            start[bucket[i]]++;
        }
        uint32_t sum = 0;
        for (size_t b = 0; b < n; b++) {
            sum += start[b];
            start[b] = sum;
        }
        start[n] = sum;
        for (size_t i = 0; i < n; i++) sorted[--start[bucket[i]]] = x[i];
        for (size_t b = 0; b < n; b++) {
            double *const from = sorted.data() + start[b], *const to = sorted.data() + start[b + 1];
            if (to - from > 16) {
                std::sort(from, to);
                continue;
            }
            for (double *i = from + (from < to); i < to; i++) {
                const double value = *i;
                double *j = i;
                for (; j > from && j[-1] > value; j--) *j = j[-1];
                *j = value;
            }
        }
    }
    double closest = std::numeric_limits<double>::max();
    for (size_t i = 1; i < n; i++) {
        const double gap = sorted[i] - sorted[i - 1];
        closest = gap < closest ? gap : closest;
    }
    return closest;
}
