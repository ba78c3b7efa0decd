#include <array>
#include <cstddef>
#include <string>
#include <vector>

// An empty string has a readable terminating 0, so its letter is looked up like any other and lands beside the counts;
// four tables, so that no count waits for the one before.
void firstLetterCounts(std::vector<std::string> const& s, std::array<size_t, 26> &bins) {
    constexpr size_t tables = 4;
    std::string const *const p = s.data();
    const size_t n = s.size(), whole = n / tables * tables;
    bins.fill(0);
#pragma omp parallel
    {
        size_t count[tables][32] = {};
#pragma omp for schedule(static) nowait
        for (size_t i = 0; i < whole; i += tables)
            for (size_t t = 0; t < tables; t++) count[t][*p[i + t].c_str() & 31]++;
#pragma omp critical
        for (size_t k = 0; k < bins.size(); k++)
            for (size_t t = 0; t < tables; t++) bins[k] += count[t][k + 1];
    }
    for (size_t i = whole; i < n; i++)
        if (!p[i].empty()) bins[static_cast<size_t>(p[i][0] - 'a')]++;
}
