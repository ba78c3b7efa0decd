#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

struct Point { double x, y; };

/* Positive if the way from a over b to c turns left. */
double turn(Point const& a, Point const& b, Point const& c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

double distance(Point const& a, Point const& b) {
    return std::hypot(b.x - a.x, b.y - a.y);
}

/* Length of the lower (or, from the other end, upper) half of the hull of the sorted points. */
double halfPerimeter(std::vector<Point> const& sorted) {
    std::vector<Point> half;
    for (Point const& point : sorted) {
        while (half.size() >= 2 && turn(half[half.size() - 2], half.back(), point) <= 0.0) {
            half.pop_back();
        }
        half.push_back(point);
    }
    double length = 0.0;
    for (size_t i = 1; i < half.size(); i++) {
        length += distance(half[i - 1], half[i]);
    }
    return length;
}

/* The length of the closed line around the convex hull. */
double convexHullPerimeter(std::vector<Point> const& points) {
    std::vector<Point> sorted = points;
    std::sort(sorted.begin(), sorted.end(), [](Point const& a, Point const& b) {
        return a.x < b.x || (a.x == b.x && a.y < b.y);
    });
    const double lower = halfPerimeter(sorted);
    std::reverse(sorted.begin(), sorted.end());
    return lower + halfPerimeter(sorted);
}
