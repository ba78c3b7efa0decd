#include <algorithm>
#include <cstddef>
#include <vector>

struct Element { size_t index; double value; };

/* z = alpha * x + y for sparse x and y and full z. */
void sparseAxpy(double alpha, std::vector<Element> const& x, std::vector<Element> const& y, std::vector<double> &z) {
    std::fill(z.begin(), z.end(), 0.0);
    for (Element const& element : x) {
        z[element.index] += alpha * element.value;
    }
    for (Element const& element : y) {
        z[element.index] += element.value;
    }
}
