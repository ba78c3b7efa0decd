#include <algorithm>
#include <complex>
#include <vector>

bool lessMagnitude(std::complex<double> const& a, std::complex<double> const& b) {
    return std::abs(a) < std::abs(b);
}

/* Sorts x by magnitude, smallest first. */
void sortComplexByMagnitude(std::vector<std::complex<double>> &x) {
    std::sort(x.begin(), x.end(), lessMagnitude);
}
