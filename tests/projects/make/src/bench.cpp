#include <cstdio>

#include "matrix.hpp"

int main() {
    size_t const n = 400;
    std::vector<double> A(n * n), B(n * n), C(n * n);
    for (size_t i = 0; i < n * n; ++i) {
        A[i] = static_cast<double>(i % 7);
        B[i] = static_cast<double>(i % 5);
    }
    for (int round = 0; round < 4; ++round) multiply(A, B, C, n);
    double sum = 0;
    for (double c : C) sum += c;
    std::printf("%.0f\n", sum);
}
