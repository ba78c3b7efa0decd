#include <vector>

/* All-pairs shortest paths: after step k paths may pass through nodes 0 to k. */
void kernel_floyd_warshall(int n, std::vector<std::vector<int>>& path) {
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                path[i][j] = path[i][j] < path[i][k] + path[k][j] ? path[i][j] : path[i][k] + path[k][j];
            }
        }
    }
}
