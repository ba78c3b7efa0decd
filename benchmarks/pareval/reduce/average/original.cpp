#include <vector>

/* The arithmetic mean of x, 0 if x is empty. */
double average(std::vector<double> const& x) {
    if (x.empty()) {
        return 0.0;
    }

    double sum = 0.0;
    for (double value : x) {
        sum += value;
    }
    return sum / x.size();
}
