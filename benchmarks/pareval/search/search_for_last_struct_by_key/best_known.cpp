#include <cstddef>
#include <string>
#include <vector>

struct Book { std::string title; int pages; };

// Sixteen books to a question, and the lines of later questions asked for early.
size_t findLastShortBook(std::vector<Book> const& books) {
    constexpr size_t block = 16, ahead = 64;
    Book const *const b = books.data();
    size_t i = books.size();
    for (; i >= block; i -= block) {
        if (i >= block + ahead)
            for (size_t k = 0; k < block; k++) __builtin_prefetch(&b[i - 1 - k - ahead].pages);
        bool any = false;
        for (size_t k = 1; k <= block; k++) any |= b[i - k].pages < 100;
        if (any) break;
    }
    for (; i > 0; i--)
        if (b[i - 1].pages < 100) return i - 1;
    return books.size();
}
