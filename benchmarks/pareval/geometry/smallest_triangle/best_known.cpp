#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

struct Point { double x, y; };

// Coordinates apart, differences to the first corner taken once, and thirty-two minima side by side.
double smallestArea(std::vector<Point> const& points) {
    constexpr size_t lanes = 32;
    const size_t n = points.size();
    if (n < 3) return 0.0;
    double smallest = std::numeric_limits<double>::max();
#pragma omp parallel reduction(min : smallest)
    {
        std::vector<double> dx(n), dy(n);
        double low[lanes];
        for (double &l : low) l = std::numeric_limits<double>::max();
#pragma omp for schedule(dynamic, 4)
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n; j++) {
                dx[j] = points[j].x - points[i].x;
                dy[j] = points[j].y - points[i].y;
            }
            for (size_t j = i + 1; j < n; j++) {
                const double x = dx[j], y = dy[j];
                double const *const px = dx.data(), *const py = dy.data();
                size_t k = j + 1;
                for (; k + lanes <= n; k += lanes)
                    for (size_t l = 0; l < lanes; l++) {
                        const double twice = std::fabs(x * py[k + l] - px[k + l] * y);
                        low[l] = twice < low[l] ? twice : low[l];
                    }
                for (; k < n; k++) {
                    const double twice = std::fabs(x * py[k] - px[k] * y);
                    smallest = twice < smallest ? twice : smallest;
                }
            }
        }
        for (double l : low) smallest = l < smallest ? l : smallest;
    }
    return smallest / 2.0;
}
