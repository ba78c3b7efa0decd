#include <algorithm>
#include <vector>

void kernel_floyd_warshall(int n, std::vector<std::vector<int>>& path) {
    // Row k and column k do not change in step k, so a row needs path[i][k] once and none of them waits for another. The
    // threads meet after every step: that has to be worth it.
#pragma omp parallel if (n >= 600)
    for (int k = 0; k < n; k++) {
        const int *through = path[k].data();
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++) {
            if (i == k) continue;
            int *__restrict row = path[i].data();
            const int to = row[k];
            for (int j = 0; j < n; j++) row[j] = std::min(row[j], to + through[j]);
        }
    }
}
