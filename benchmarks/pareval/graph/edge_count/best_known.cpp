#include <cstddef>
#include <vector>

// One long sum: the entries are zeros and ones.
int edgeCount(std::vector<int> const& A, size_t N) {
    int const *const p = A.data();
    const size_t n = N * N;
    int count = 0;
#pragma omp parallel for simd schedule(static) reduction(+ : count)
    for (size_t i = 0; i < n; i++) count += p[i];
    return count;
}
