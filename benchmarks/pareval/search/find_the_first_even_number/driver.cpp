// In a long vector the first even number is mostly near the end (or there is none), so that the search is real work, and
// once in eight anywhere.
struct Case {
    std::vector<int> x;
    size_t result;

    void make(lessonl::Input &in) {
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, -1000, 1000);
            const bool odd = in.coin();
            for (auto &value : x) value |= odd && !in.coin(0.02) ? 1 : 0;
            return;
        }
        // Two numbers from one draw: this runs before every timed call.
        x.resize(in.size);
        for (size_t i = 0; i < x.size(); i += 2) {
            const uint64_t draw = in.bits();
            x[i] = static_cast<int>(static_cast<uint32_t>(draw)) | 1;
            if (i + 1 < x.size()) x[i + 1] = static_cast<int>(static_cast<uint32_t>(draw >> 32)) | 1;
        }
        if (x.empty() || in.coin(0.1)) return;
        const int64_t last = static_cast<int64_t>(x.size()) - 1;
        const int64_t first = last < 4096 || in.coin(0.125) ? 0 : last - last / 32;
        for (int count = 0; count < 3; ++count) x[static_cast<size_t>(in.between(first, last))] &= -2;
    }
    void call() { result = findFirstEven(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
