#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

// First the smallest distance of each block in many lanes; the index only where a block beats all before it.
size_t findClosestToPi(std::vector<double> const& x) {
    constexpr size_t block = 512, lanes = 32;
    double const *const p = x.data();
    const size_t n = x.size(), whole = n / block;
    double best = std::numeric_limits<double>::infinity();
    size_t at = 0;
#pragma omp parallel
    {
        double mine = std::numeric_limits<double>::infinity();
        size_t mine_at = 0;
#pragma omp for schedule(static) nowait
        for (size_t b = 0; b < whole; b++) {
            double const *const q = p + b * block;
            double low[lanes];
            for (size_t l = 0; l < lanes; l++) low[l] = mine;
            for (size_t i = 0; i < block; i += lanes)
                for (size_t l = 0; l < lanes; l++) {
                    const double d = std::fabs(q[i + l] - M_PI);
                    low[l] = d < low[l] ? d : low[l];
                }
            bool closer = false;
            for (size_t l = 0; l < lanes; l++) closer |= low[l] < mine;
            if (!closer) continue;
            for (size_t i = 0; i < block; i++)
                if (std::fabs(q[i] - M_PI) < mine) {
                    mine = std::fabs(q[i] - M_PI);
                    mine_at = b * block + i;
                }
        }
#pragma omp critical
        if (mine < best || (mine == best && mine_at < at)) {
            best = mine;
            at = mine_at;
        }
    }
    for (size_t i = whole * block; i < n; i++)
        if (std::fabs(p[i] - M_PI) < best) {
            best = std::fabs(p[i] - M_PI);
            at = i;
        }
    return at;
}
