#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

struct Point { double x, y; };

double triangleArea(Point const& a, Point const& b, Point const& c) {
    return std::fabs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2.0;
}

/* The area of the smallest triangle between three of the points, 0 if there are fewer than three. */
double smallestArea(std::vector<Point> const& points) {
    const size_t n = points.size();
    if (n < 3) {
        return 0.0;
    }

    double smallest = std::numeric_limits<double>::max();
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            for (size_t k = j + 1; k < n; k++) {
                smallest = std::min(smallest, triangleArea(points[i], points[j], points[k]));
            }
        }
    }
    return smallest;
}
