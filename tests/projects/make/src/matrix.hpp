#pragma once
#include <cstddef>
#include <vector>

// C += A * B for square matrices of n rows, stored row by row.
void multiply(std::vector<double> const &A, std::vector<double> const &B, std::vector<double> &C, size_t n);
