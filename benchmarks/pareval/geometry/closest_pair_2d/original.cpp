#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

struct Point { double x, y; };

double distance(Point const& a, Point const& b) {
    return std::sqrt(std::pow(b.x - a.x, 2) + std::pow(b.y - a.y, 2));
}

/* The distance between the two closest points, 0 if there are fewer than two. */
double closestPair(std::vector<Point> const& points) {
    const size_t n = points.size();
    if (n < 2) {
        return 0.0;
    }

    double closest = std::numeric_limits<double>::max();
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const double d = distance(points[i], points[j]);
            if (d < closest) {
                closest = d;
            }
        }
    }
    return closest;
}
