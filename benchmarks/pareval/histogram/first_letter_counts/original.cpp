#include <array>
#include <cstddef>
#include <string>
#include <vector>

/* Counts the strings by their first letter, a to z; empty strings are not counted. */
void firstLetterCounts(std::vector<std::string> const& s, std::array<size_t, 26> &bins) {
    bins.fill(0);
    for (std::string const& word : s) {
        if (!word.empty()) {
            const size_t letter = word[0] - 'a';
            bins[letter]++;
        }
    }
}
