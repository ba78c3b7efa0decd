#include <algorithm>
#include <vector>

void kernel_nussinov(int n, std::vector<int>& seq, std::vector<std::vector<int>>& table) {
    // A row at a time: once table[i][k] is known, what it gives to all j behind it runs along row k + 1.
    for (int i = n - 2; i >= 0; i--) {
        int *__restrict row = table[i].data();
        const int *below = table[i + 1].data();
        const int base = seq[i];
        row[i + 1] = 0;
        for (int j = i + 2; j < n; j++) row[j] = std::max(below[j], below[j - 1] + (base + seq[j] == 3 ? 1 : 0));
        for (int k = i + 1; k < n; k++) {
            const int best = row[k] = std::max(row[k], row[k - 1]);
            if (k + 1 == n) break;
            const int *rest = table[k + 1].data();
            for (int j = k + 1; j < n; j++) row[j] = std::max(row[j], best + rest[j]);
        }
    }
}
