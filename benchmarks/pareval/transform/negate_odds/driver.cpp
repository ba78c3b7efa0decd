struct Case {
    std::vector<int> x;

    void make(lessonl::Input &in) {
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, INT32_MIN, INT32_MAX);
            return;
        }
        // Two numbers from one draw, small ones and the smallest among them: this runs before every timed call.
        x.resize(in.size);
        for (size_t i = 0; i < x.size(); i += 2) {
            const uint64_t draw = in.bits();
            x[i] = static_cast<int>(static_cast<uint32_t>(draw));
            if (i + 1 < x.size()) x[i + 1] = (draw & 31) == 0 ? INT32_MIN : static_cast<int>(draw >> 32) >> (draw & 31);
        }
    }
    void call() { negateOddsAndHalveEvens(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
