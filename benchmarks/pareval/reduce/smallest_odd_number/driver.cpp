struct Case {
    std::vector<int> x;
    int result;

    void make(lessonl::Input &in) {
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, INT32_MIN, INT32_MAX);
            if (in.values == lessonl::Values::wide || in.coin(0.2))
                for (auto &value : x) value &= -2;
            return;
        }
        // Two numbers from one draw; the smallest are even, so that being odd must be looked at.
        const int64_t floor = in.between(-2000000000, 1000000000);
        x.resize(in.size);
        for (size_t i = 0; i < x.size(); i += 2) {
            const uint64_t draw = in.bits();
            x[i] = above(floor, static_cast<uint32_t>(draw));
            if (i + 1 < x.size()) x[i + 1] = above(floor, static_cast<uint32_t>(draw >> 32));
        }
    }
    void call() { result = smallestOdd(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }

  private:
    static int above(int64_t floor, uint32_t draw) {
        const int value = static_cast<int>(draw);
        return value < floor ? value & -2 : value;
    }
};
LESSONL_PROBLEM(Case)
