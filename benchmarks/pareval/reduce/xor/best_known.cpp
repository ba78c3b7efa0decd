#include <cstddef>
#include <vector>

// The parity of all bits is the parity of the exclusive or of the words they are stored in.
bool reduceLogicalXOR(std::vector<bool> const& x) {
    const size_t n = x.size();
#ifdef __GLIBCXX__
    constexpr size_t bits = 8 * sizeof(unsigned long);
    unsigned long const *const words = x.begin()._M_p;
    unsigned long all = 0;
    const size_t whole = n / bits;
    for (size_t i = 0; i < whole; i++) all ^= words[i];
    if (n % bits != 0) all ^= words[whole] & ((1UL << (n % bits)) - 1);
    return __builtin_parityl(all);
#else
    bool result = false;
    for (size_t i = 0; i < n; i++) result ^= x[i];
    return result;
#endif
}
