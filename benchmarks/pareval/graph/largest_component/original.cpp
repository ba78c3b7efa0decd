#include <algorithm>
#include <cstddef>
#include <vector>

/* The number of vertices in the largest component of the undirected graph with the N x N adjacency matrix A. */
int largestComponent(std::vector<int> const& A, size_t N) {
    std::vector<bool> visited(N, false);
    std::vector<size_t> open;
    int largest = 0;
    for (size_t start = 0; start < N; start++) {
        if (visited[start]) {
            continue;
        }
        int size = 0;
        visited[start] = true;
        open.push_back(start);
        while (!open.empty()) {
            const size_t current = open.back();
            open.pop_back();
            size++;
            for (size_t next = 0; next < N; next++) {
                if (A[current * N + next] == 1 && !visited[next]) {
                    visited[next] = true;
                    open.push_back(next);
                }
            }
        }
        largest = std::max(largest, size);
    }
    return largest;
}
