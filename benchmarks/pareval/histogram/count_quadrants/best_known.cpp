#include <array>
#include <cstddef>
#include <vector>

struct Point { double x, y; };

// Signs are counted instead of branched on; three counts give all four.
void countQuadrants(std::vector<Point> const& points, std::array<size_t, 4> &bins) {
    Point const *const p = points.data();
    const size_t n = points.size();
    size_t left = 0, below = 0, both = 0;
#pragma omp parallel for schedule(static) reduction(+ : left, below, both)
    for (size_t i = 0; i < n; i++) {
        const size_t l = p[i].x < 0.0, b = p[i].y < 0.0;
        left += l;
        below += b;
        both += l & b;
    }
    bins = {n - left - below + both, left - both, both, below - both};
}
