struct Case {
    std::vector<int> x;

    void make(lessonl::Input &in) {
        const bool any = in.values == lessonl::Values::any;
        x = in.integers(in.size, any ? INT32_MIN : -1000000, any ? INT32_MAX : 1000000);
        const double zeros = in.uniform(0.05, 0.4);
        for (auto &value : x)
            if (in.coin(zeros)) value = 0;
    }
    void call() { sortIgnoreZero(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
