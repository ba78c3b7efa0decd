#include <cstddef>
#include <vector>

// Rows are read 64 entries at a time, and a block without an edge is passed over at once.
int shortestPathLength(std::vector<int> const& A, size_t N, int source, int dest) {
    constexpr size_t block = 64;
    if (source == dest) return 0;
    std::vector<int> distance(N, -1);
    std::vector<size_t> queue;
    queue.reserve(N);
    distance[static_cast<size_t>(source)] = 0;
    queue.push_back(static_cast<size_t>(source));
    for (size_t head = 0; head < queue.size(); head++) {
        const size_t current = queue[head];
        int const *const row = A.data() + current * N;
        const int next = distance[current] + 1;
        if (row[dest] != 0) return next;
        const auto visit = [&](size_t j) {
            if (row[j] == 0 || distance[j] != -1) return;
            distance[j] = next;
            queue.push_back(j);
        };
        size_t j = 0;
        for (; j + block <= N; j += block) {
            int any = 0;
            for (size_t k = 0; k < block; k++) any |= row[j + k];
            if (any != 0)
                for (size_t k = 0; k < block; k++) visit(j + k);
        }
        for (; j < N; j++) visit(j);
    }
    return -1;
}
