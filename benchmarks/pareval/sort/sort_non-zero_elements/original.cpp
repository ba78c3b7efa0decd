#include <algorithm>
#include <cstddef>
#include <vector>

/* Sorts the non-zero elements of x; zeros stay where they are. */
void sortIgnoreZero(std::vector<int> &x) {
    std::vector<int> nonZero;
    for (int value : x) {
        if (value != 0) {
            nonZero.push_back(value);
        }
    }
    std::sort(nonZero.begin(), nonZero.end());

    size_t next = 0;
    for (size_t i = 0; i < x.size(); i++) {
        if (x[i] != 0) {
            x[i] = nonZero[next++];
        }
    }
}
