#include <cstddef>
#include <queue>
#include <vector>

/* The number of edges on a shortest path from source to dest, -1 if there is none.
   A is the N x N adjacency matrix of a directed graph: A[i * N + j] is 1 if there is an edge from i to j, else 0. */
int shortestPathLength(std::vector<int> const& A, size_t N, int source, int dest) {
    std::vector<int> distance(N, -1);
    std::queue<int> frontier;
    distance[source] = 0;
    frontier.push(source);

    while (!frontier.empty()) {
        const int current = frontier.front();
        frontier.pop();
        if (current == dest) {
            return distance[current];
        }
        for (size_t next = 0; next < N; next++) {
            if (A[current * N + next] == 1 && distance[next] == -1) {
                distance[next] = distance[current] + 1;
                frontier.push(next);
            }
        }
    }
    return -1;
}
