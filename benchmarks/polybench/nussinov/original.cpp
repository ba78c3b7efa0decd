#include <algorithm>
#include <vector>

/* Longer and longer stretches from shorter ones: rows upwards, columns to the right. */
void kernel_nussinov(int n, std::vector<int>& seq, std::vector<std::vector<int>>& table) {
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++) {
            int pair = j - i > 1 && seq[i] + seq[j] == 3 ? 1 : 0;
            table[i][j] = std::max(table[i][j - 1], table[i + 1][j]);
            table[i][j] = std::max(table[i][j], table[i + 1][j - 1] + pair);
            for (int k = i + 1; k < j; k++) {
                table[i][j] = std::max(table[i][j], table[i][k] + table[k + 1][j]);
            }
        }
    }
}
