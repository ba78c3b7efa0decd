#include <cstddef>
#include <queue>
#include <vector>

/* Marks everything that can be reached from start. */
void visitComponent(std::vector<int> const& A, size_t N, size_t start, std::vector<bool> &visited) {
    std::queue<size_t> frontier;
    frontier.push(start);
    visited[start] = true;
    while (!frontier.empty()) {
        const size_t current = frontier.front();
        frontier.pop();
        for (size_t next = 0; next < N; next++) {
            if (A[current * N + next] == 1 && !visited[next]) {
                visited[next] = true;
                frontier.push(next);
            }
        }
    }
}

/* The number of components of the undirected graph with the N x N adjacency matrix A. */
int componentCount(std::vector<int> const& A, size_t N) {
    std::vector<bool> visited(N, false);
    int count = 0;
    for (size_t start = 0; start < N; start++) {
        if (!visited[start]) {
            visitComponent(A, N, start, visited);
            count++;
        }
    }
    return count;
}
