// The value is in x only, in y only, in both or in neither, each as likely; where it is in a long vector, it is mostly near
// the end, so that the search is real work, and once in eight anywhere.
struct Case {
    std::vector<int> x, y;
    int val;
    bool result;

    void make(lessonl::Input &in) {
        val = static_cast<int>(in.values == lessonl::Values::any ? in.between(INT32_MIN, INT32_MAX) : in.integer(-1000, 1000));
        fill(in, x, in.size);
        fill(in, y, in.size - in.size / 8);
        const uint64_t kind = in.bits();
        place(in, x, kind & 1);
        place(in, y, kind & 2);
    }
    void call() { result = xorContains(x, y, val); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.input("y", y);
        f.input("val", val);
        f.output("result", result);
    }

  private:
    // Anything but val; in the timed class two numbers from one draw, since this runs before every timed call.
    void fill(lessonl::Input &in, std::vector<int> &all, size_t n) {
        const auto other = [not_this = val](int value) { return value == not_this ? value ^ 1 : value; };
        if (in.values == lessonl::Values::any) {
            all.resize(n);
            for (size_t i = 0; i < n; i += 2) {
                const uint64_t draw = in.bits();
                all[i] = other(static_cast<int>(static_cast<uint32_t>(draw)));
                if (i + 1 < n) all[i + 1] = other(static_cast<int>(static_cast<uint32_t>(draw >> 32)));
            }
        } else {
            all = in.integers(n, -1000, 1000);
            for (auto &value : all) value = other(value);
        }
    }
    void place(lessonl::Input &in, std::vector<int> &all, bool here) {
        if (!here || all.empty()) return;
        const int64_t last = static_cast<int64_t>(all.size()) - 1;
        const int64_t first = last < 4096 || in.coin(0.125) ? 0 : last - last / 32;
        all[static_cast<size_t>(in.between(first, last))] = val;
    }
};
LESSONL_PROBLEM(Case)
