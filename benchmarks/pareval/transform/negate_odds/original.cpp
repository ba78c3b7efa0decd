#include <cstddef>
#include <vector>

/* Odd numbers become their negatives, even numbers half of themselves. */
void negateOddsAndHalveEvens(std::vector<int> &x) {
    for (size_t i = 0; i < x.size(); i++) {
        if (x[i] % 2 == 0) {
            x[i] = x[i] / 2;
        } else {
            x[i] = -x[i];
        }
    }
}
