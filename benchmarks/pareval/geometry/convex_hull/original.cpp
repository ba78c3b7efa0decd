#include <algorithm>
#include <cstddef>
#include <vector>

struct Point { double x, y; };

/* Positive if the way from a over b to c turns left. */
double turn(Point const& a, Point const& b, Point const& c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* The corners of the convex hull, counterclockwise from the leftmost (lowest of these) point. */
void convexHull(std::vector<Point> const& points, std::vector<Point> &hull) {
    std::vector<Point> sorted = points;
    std::sort(sorted.begin(), sorted.end(), [](Point const& a, Point const& b) {
        return a.x < b.x || (a.x == b.x && a.y < b.y);
    });
    sorted.erase(std::unique(sorted.begin(), sorted.end(), [](Point const& a, Point const& b) {
        return a.x == b.x && a.y == b.y;
    }), sorted.end());

    hull.clear();
    if (sorted.size() < 3) {
        hull = sorted;
        return;
    }
    for (size_t i = 0; i < sorted.size(); i++) {
        while (hull.size() >= 2 && turn(hull[hull.size() - 2], hull.back(), sorted[i]) <= 0.0) {
            hull.pop_back();
        }
        hull.push_back(sorted[i]);
    }
    const size_t lower = hull.size();
    for (size_t i = sorted.size() - 1; i > 0; i--) {
        while (hull.size() > lower && turn(hull[hull.size() - 2], hull.back(), sorted[i - 1]) <= 0.0) {
            hull.pop_back();
        }
        hull.push_back(sorted[i - 1]);
    }
    hull.pop_back();
}
