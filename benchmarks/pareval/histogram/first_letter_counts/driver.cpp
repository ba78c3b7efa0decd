struct Case {
    std::vector<std::string> s;
    std::array<size_t, 26> bins;

    void make(lessonl::Input &in) {
        const auto first = in.values == lessonl::Values::any ? std::vector<int>() : in.integers(in.size, 0, 25);
        s.resize(in.size);
        for (size_t i = 0; i < s.size(); ++i) {
            const uint64_t draw = in.bits();
            // Mostly short words; one in 64 empty, one in 64 longer than any small buffer.
            const size_t kind = draw & 63;
            s[i].resize(kind == 0 ? 0 : kind == 1 ? 40 : 1 + (kind & 7));
            for (size_t k = 0; k < s[i].size(); ++k) s[i][k] = static_cast<char>('a' + ((draw >> (6 + k % 50)) & 255) * 26 / 256);
            if (!first.empty() && !s[i].empty()) s[i][0] = static_cast<char>('a' + first[i]);
        }
    }
    void call() { firstLetterCounts(s, bins); }
    template <class F> void fields(F &f) {
        f.input("s", s);
        f.output("bins", bins);
    }
};
LESSONL_PROBLEM(Case)
