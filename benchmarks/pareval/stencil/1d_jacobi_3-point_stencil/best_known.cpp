#include <cstddef>
#include <vector>

// The two ends are done apart and the division is a multiplication, so that the loop asks nothing and is vectorised.
void jacobi1D(std::vector<double> const& input, std::vector<double> &output) {
    constexpr double third = 1.0 / 3.0;
    const size_t n = input.size();
    if (n == 0) return;
    double const *const in = input.data();
    double *__restrict const out = output.data();
    out[0] = (in[0] + (n > 1 ? in[1] : 0.0)) * third;
    const size_t last = n - 1;
#pragma omp parallel for simd schedule(static)
    for (size_t i = 1; i < last; i++) out[i] = (in[i - 1] + in[i] + in[i + 1]) * third;
    if (n > 1) out[last] = (in[last - 1] + in[last]) * third;
}
