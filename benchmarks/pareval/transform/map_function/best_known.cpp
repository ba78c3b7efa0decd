#include <cstddef>
#include <vector>

// The bits of 64 answers are put together in a register and stored as one word.
void mapPowersOfTwo(std::vector<int> const& x, std::vector<bool> &mask) {
    int const *const p = x.data();
    const size_t n = x.size();
#ifdef __GLIBCXX__
    constexpr size_t bits = 8 * sizeof(unsigned long);
    unsigned long *const words = mask.begin()._M_p;
    const size_t whole = n / bits;
#pragma omp parallel for schedule(static)
    for (size_t w = 0; w < whole; w++) {
        unsigned char one[bits];
        for (size_t b = 0; b < bits; b++) {
            const int value = p[w * bits + b];
            const unsigned others = static_cast<unsigned>(value) & (static_cast<unsigned>(value) - 1u);
            one[b] = (value > 0) & (others == 0);
        }
        unsigned long word = 0;
        for (size_t b = 0; b < bits; b++) word |= static_cast<unsigned long>(one[b]) << b;
        words[w] = word;
    }
    for (size_t i = whole * bits; i < n; i++) mask[i] = p[i] > 0 && (p[i] & (p[i] - 1)) == 0;
#else
    for (size_t i = 0; i < n; i++) mask[i] = p[i] > 0 && (p[i] & (p[i] - 1)) == 0;
#endif
}
