#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

struct Point { double x, y; };

// Sorted by x, a point is compared only with those that follow within the smallest distance so far. The strip is as narrow as
// that distance, so few are; if all share one x, sorting by y ends the search as early.
double closestPair(std::vector<Point> const& points) {
    const size_t n = points.size();
    if (n < 2) return 0.0;
    double low_x = points[0].x, high_x = low_x, low_y = points[0].y, high_y = low_y;
    for (Point const &p : points) {
        low_x = std::min(low_x, p.x);
        high_x = std::max(high_x, p.x);
        low_y = std::min(low_y, p.y);
        high_y = std::max(high_y, p.y);
    }
    std::vector<Point> sorted = points;
    // Along the longer side.
    if (high_y - low_y > high_x - low_x)
        for (Point &p : sorted) std::swap(p.x, p.y);
    std::sort(sorted.begin(), sorted.end(), [](Point const &a, Point const &b) { return a.x < b.x || (a.x == b.x && a.y < b.y); });
    double closest = std::numeric_limits<double>::infinity();
    double squared = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i + 1 < n; i++)
        for (size_t j = i + 1; j < n && sorted[j].x - sorted[i].x < closest; j++) {
            const double dx = sorted[j].x - sorted[i].x, dy = sorted[j].y - sorted[i].y;
            const double d = dx * dx + dy * dy;
            if (d < squared) {
                squared = d;
                closest = std::sqrt(d);
            }
        }
    return closest;
}
