#include <array>
#include <cstddef>
#include <vector>

struct Point { double x, y; };

/* Counts the points in the four quadrants, counterclockwise from x >= 0, y >= 0. */
void countQuadrants(std::vector<Point> const& points, std::array<size_t, 4> &bins) {
    bins.fill(0);
    for (Point const& point : points) {
        if (point.x >= 0.0 && point.y >= 0.0) {
            bins[0]++;
        } else if (point.x < 0.0 && point.y >= 0.0) {
            bins[1]++;
        } else if (point.x < 0.0 && point.y < 0.0) {
            bins[2]++;
        } else {
            bins[3]++;
        }
    }
}
