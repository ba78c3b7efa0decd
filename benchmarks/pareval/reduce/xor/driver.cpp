struct Case {
    std::vector<bool> x;
    bool result;

    void make(lessonl::Input &in) {
        x.assign(in.size, in.values == lessonl::Values::equal);
        if (in.values != lessonl::Values::any) return;
        for (size_t i = 0; i < x.size();) {
            uint64_t draw = in.bits();
            for (int k = 0; k < 64 && i < x.size(); ++k, ++i, draw >>= 1) x[i] = draw & 1;
        }
    }
    void call() { result = reduceLogicalXOR(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
