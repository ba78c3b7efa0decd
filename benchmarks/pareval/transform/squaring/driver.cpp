struct Case {
    std::vector<int> x;

    void make(lessonl::Input &in) {
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, -46340, 46340);
            return;
        }
        // Four numbers from one draw: this runs before every timed call.
        x.resize(in.size);
        for (size_t i = 0; i < x.size();) {
            uint64_t draw = in.bits();
            for (int k = 0; k < 4 && i < x.size(); ++k, ++i, draw >>= 16) x[i] = static_cast<int>((draw & 0xffff) * 92681 >> 16) - 46340;
        }
    }
    void call() { squareEach(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
