#include <cstddef>
#include <vector>

// The same over plain pointers; with OpenMP on all threads.
int maxDegree(std::vector<int> const& A, size_t N) {
    int const *const p = A.data();
    int highest = 0;
#pragma omp parallel for schedule(static) reduction(max : highest)
    for (size_t i = 0; i < N; i++) {
        int const *const row = p + i * N;
        int degree = 0;
        for (size_t j = 0; j < N; j++) degree += row[j];
        highest = degree > highest ? degree : highest;
    }
    return highest;
}
