template <class C> void lessonl_members(C &c, Book &b) { c(b.title); c(b.pages); }

// In long vectors all short books are mostly near the front (or there is none), so that the search is real work, and once
// in eight anywhere.
struct Case {
    std::vector<Book> books;
    size_t result;

    void make(lessonl::Input &in) {
        books.resize(in.size);
        const size_t n = books.size();
        const size_t front = static_cast<size_t>(in.between(0, static_cast<int64_t>(n < 4096 || in.coin(0.125) ? n : n / 32)));
        const bool none = in.coin(0.1);
        std::vector<int> pages;
        if (in.values != lessonl::Values::any) pages = in.integers(n, 0, 200);
        for (size_t i = 0; i < n; ++i) {
            const uint64_t draw = in.bits();
            auto &book = books[i];
            book.title.resize(3 + (draw & 7));
            for (size_t k = 0; k < book.title.size(); ++k) book.title[k] = static_cast<char>('a' + ((draw >> (3 + 4 * k)) & 15));
            if (!pages.empty()) book.pages = pages[i];
            else if (!none && i < front) book.pages = 60 + static_cast<int>(draw >> 58);
            else book.pages = 100 + static_cast<int>(draw >> 54);
        }
        if (!none && front > 0 && n >= 4096 && pages.empty()) books[front - 1].pages = 99;
    }
    void call() { result = findLastShortBook(books); }
    template <class F> void fields(F &f) {
        f.input("books", books);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
