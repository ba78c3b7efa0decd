#include <cstddef>
#include <vector>

// Sixteen products side by side instead of one chain of multiplications; one division for each block of them.
double productWithInverses(std::vector<double> const& x) {
    constexpr size_t lanes = 32, block = 1024;
    double const *const p = x.data();
    const size_t n = x.size(), whole = n / block;
    double result = 1.0;
#pragma omp parallel for schedule(static) reduction(* : result)
    for (size_t b = 0; b < whole; b++) {
        double product[lanes];
        for (size_t l = 0; l < lanes; l++) product[l] = 1.0;
        for (size_t i = b * block; i < (b + 1) * block; i += lanes)
            for (size_t l = 0; l < lanes; l++) product[l] *= p[i + l];
        double over = 1.0, under = 1.0;
        for (size_t l = 0; l < lanes; l += 2) {
            over *= product[l];
            under *= product[l + 1];
        }
        result *= over / under;
    }
    double over = 1.0, under = 1.0;
    for (size_t i = whole * block; i < n; i++) (i % 2 == 0 ? over : under) *= p[i];
    return result * (over / under);
}
