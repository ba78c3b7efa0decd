#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

struct Point { double x, y; };

static double bend(Point const& a, Point const& b, Point const& c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static void chain(std::vector<Point> &sorted, std::vector<Point> &hull) {
    std::sort(sorted.begin(), sorted.end(), [](Point const &a, Point const &b) { return a.x < b.x || (a.x == b.x && a.y < b.y); });
    hull.clear();
    for (Point const &p : sorted) {
        while (hull.size() >= 2 && bend(hull[hull.size() - 2], hull.back(), p) <= 0.0) hull.pop_back();
        hull.push_back(p);
    }
    const size_t lower = hull.size();
    for (size_t i = sorted.size(); i > 1; i--) {
        while (hull.size() > lower && bend(hull[hull.size() - 2], hull.back(), sorted[i - 2]) <= 0.0) hull.pop_back();
        hull.push_back(sorted[i - 2]);
    }
    if (hull.size() > 1) hull.pop_back();
}

// What lies well inside the polygon of the extreme points in eight directions is no corner and need not be sorted.
double convexHullPerimeter(std::vector<Point> const& points) {
    const size_t n = points.size();
    std::vector<Point> left, frame, hull;
    if (n > 64) {
        std::vector<Point> extreme(8, points[0]);
        double best[8];
        const auto along = [](Point const &p, int d) {
            const double all[4] = {p.x, p.y, p.x + p.y, p.x - p.y};
            return d < 4 ? all[d] : -all[d - 4];
        };
        for (int d = 0; d < 8; d++) best[d] = along(points[0], d);
        for (Point const &p : points)
            for (int d = 0; d < 8; d++)
                if (along(p, d) > best[d]) {
                    best[d] = along(p, d);
                    extreme[static_cast<size_t>(d)] = p;
                }
        chain(extreme, frame);
    }
    if (frame.size() < 3) {
        left = points;
    } else {
        const size_t edges = frame.size() < 8 ? frame.size() : 8;
        double a[8] = {}, b[8] = {}, c[8];
        for (double &margin : c) margin = 1.0;
        for (size_t e = 0; e < edges; e++) {
            Point const &from = frame[e], &to = frame[(e + 1) % frame.size()];
            a[e] = -(to.y - from.y);
            b[e] = to.x - from.x;
            c[e] = -(a[e] * from.x + b[e] * from.y);
            c[e] -= 1e-12 * (std::fabs(a[e] * from.x) + std::fabs(b[e] * from.y) + std::fabs(a[e]) * 1e3 + std::fabs(b[e]) * 1e3);
        }
        left.resize(n);
        size_t kept = 0;
        for (Point const &p : points) {
            bool inside = true;
            for (int e = 0; e < 8; e++) inside &= a[e] * p.x + b[e] * p.y + c[e] > 0.0;
            left[kept] = p;
            kept += !inside;
        }
        left.resize(kept);
    }
    chain(left, hull);
    double length = 0.0;
    for (size_t i = 0; i < hull.size(); i++) {
        Point const &from = hull[i], &to = hull[(i + 1) % hull.size()];
        length += std::hypot(to.x - from.x, to.y - from.y);
    }
    return length;
}
