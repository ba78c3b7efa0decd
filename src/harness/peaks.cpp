// What this machine can do at most: read memory of a given size again and again (size > 0: so many doubles), or multiply
// and add in registers (size 0). Every thread of the mode takes part. The parent holds the clock.
#include <cstddef>
#include <vector>

static double read_all(double const *x, size_t n) {
    double sums[64] = {};
    for (size_t i = 0; i + 64 <= n; i += 64)
        for (size_t l = 0; l < 64; ++l) sums[l] += x[i + l];
    double total = 0;
    for (double sum : sums) total += sum;
    return total;
}

static double multiply_add(size_t rounds, double factor) {
    double sums[64];
    for (size_t l = 0; l < 64; ++l) sums[l] = static_cast<double>(l);
    for (size_t i = 0; i < rounds; ++i)
        for (size_t l = 0; l < 64; ++l) sums[l] = sums[l] * factor + 1.0;
    double total = 0;
    for (double sum : sums) total += sum;
    return total;
}

double peak(std::vector<double> const &x, size_t rounds, double factor) {
    double total = 0;
    #pragma omp parallel for reduction(+ : total) schedule(static)
    for (size_t part = 0; part < PARTS; ++part) {
        if (x.empty()) {
            total += multiply_add(rounds, factor);
            continue;
        }
        const size_t share = x.size() / PARTS;
        double again = 0;
        for (size_t i = 0; i < rounds; ++i) {
            again += read_all(x.data() + part * share, share);
            asm volatile("" ::: "memory");
        }
        total += again;
    }
    return total;
}
