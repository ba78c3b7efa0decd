#include <cstddef>
#include <vector>

// Sixteen numbers at a time: turned round and summed by doubling distances, which is vectorised, then the sum before added.
typedef int Sixteen __attribute__((vector_size(64)));

static int scan(int const *last, int *out, size_t n, int sum) {
    const Sixteen zero = {};
    const Sixteen turned = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    const Sixteen by1 = {16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    const Sixteen by2 = {16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    const Sixteen by4 = {16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const Sixteen by8 = {16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        Sixteen v;
        __builtin_memcpy(&v, last - i - 15, sizeof v);
        v = __builtin_shuffle(v, turned);
        v += __builtin_shuffle(v, zero, by1);
        v += __builtin_shuffle(v, zero, by2);
        v += __builtin_shuffle(v, zero, by4);
        v += __builtin_shuffle(v, zero, by8);
        const int all = v[15];
        v += sum;
        sum += all;
        __builtin_memcpy(out + i, &v, sizeof v);
    }
    for (; i < n; i++) {
        sum += *(last - i);
        out[i] = sum;
    }
    return sum;
}

void reversePrefixSum(std::vector<int> const& x, std::vector<int> &output) {
    const size_t n = x.size();
    if (n == 0) return;
    int const *const last = x.data() + n - 1;
    int *const out = output.data();
#ifdef _OPENMP
    constexpr size_t block = 32768;
    const size_t blocks = (n + block - 1) / block;
    std::vector<int> before(blocks + 1, 0);
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = n < (b + 1) * block ? n : (b + 1) * block;
        int sum = 0;
        for (size_t i = b * block; i < end; i++) sum += *(last - i);
        before[b + 1] = sum;
    }
    for (size_t b = 0; b < blocks; b++) before[b + 1] += before[b];
#pragma omp parallel for schedule(static)
    for (size_t b = 0; b < blocks; b++) scan(last - b * block, out + b * block, n - b * block < block ? n - b * block : block, before[b]);
#else
    scan(last, out, n, 0);
#endif
}
