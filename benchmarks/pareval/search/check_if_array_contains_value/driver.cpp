// The value is there every other time; in a long vector mostly near the end, so that the search is real work, and once in
// eight anywhere.
struct Case {
    std::vector<int> x;
    int target;
    bool result;

    void make(lessonl::Input &in) {
        target = static_cast<int>(in.values == lessonl::Values::any ? in.between(INT32_MIN, INT32_MAX) : in.integer(-1000, 1000));
        const auto other = [not_this = target](int value) { return value == not_this ? value ^ 1 : value; };
        if (in.values == lessonl::Values::any) {
            // Two numbers from one draw: this runs before every timed call.
            x.resize(in.size);
            for (size_t i = 0; i < x.size(); i += 2) {
                const uint64_t draw = in.bits();
                x[i] = other(static_cast<int>(static_cast<uint32_t>(draw)));
                if (i + 1 < x.size()) x[i + 1] = other(static_cast<int>(static_cast<uint32_t>(draw >> 32)));
            }
        } else {
            x = in.integers(in.size, -1000, 1000);
            for (auto &value : x) value = other(value);
        }
        if (x.empty() || in.coin()) return;
        const int64_t last = static_cast<int64_t>(x.size()) - 1;
        // Now and then the very last or first element, which a wrong bound would miss.
        const int64_t first = last < 4096 || in.coin(0.125) ? 0 : last - last / 32;
        const int64_t at = in.coin(0.4) ? last : in.coin(0.3) ? first : in.between(first, last);
        x[static_cast<size_t>(at)] = target;
    }
    void call() { result = contains(x, target); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.input("target", target);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
