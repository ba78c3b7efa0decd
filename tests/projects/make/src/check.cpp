#include <cstdio>

#include "matrix.hpp"

int main() {
    std::vector<double> A{1, 2, 3, 4}, B{5, 6, 7, 8}, C(4, 1.0);
    multiply(A, B, C, 2);
    bool const right = C == std::vector<double>{20, 23, 44, 51};
    std::puts(right ? "1 passed" : "FAILED: 2 by 2");
    std::vector<double> none;
    multiply(none, none, none, 0);
    return right ? 0 : 1;
}
