#include <cstddef>
#include <vector>

// Joins the ends of every edge in the lower half of the matrix, which is symmetric; 64 zeros in a row are passed over at once.
int componentCount(std::vector<int> const& A, size_t N) {
    constexpr size_t block = 64;
    std::vector<size_t> parent(N);
    for (size_t i = 0; i < N; i++) parent[i] = i;
    const auto root = [&parent](size_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    };
    size_t count = N;
    const auto join = [&](size_t i, size_t j) {
        i = root(i);
        j = root(j);
        if (i == j) return;
        parent[j] = i;
        count--;
    };
    for (size_t i = 1; i < N; i++) {
        int const *const row = A.data() + i * N;
        size_t j = 0;
        for (; j + block <= i; j += block) {
            int any = 0;
            for (size_t k = 0; k < block; k++) any |= row[j + k];
            if (any == 0) continue;
            for (size_t k = 0; k < block; k++)
                if (row[j + k] != 0) join(i, j + k);
        }
        for (; j < i; j++)
            if (row[j] != 0) join(i, j);
    }
    return static_cast<int>(count);
}
