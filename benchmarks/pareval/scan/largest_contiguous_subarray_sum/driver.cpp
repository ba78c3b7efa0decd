struct Case {
    std::vector<int> x;
    int result;

    // Now and then all negative, where taking nothing is the mistake to make.
    void make(lessonl::Input &in) {
        const bool negative = in.coin(0.15);
        x = in.integers(in.size, -1000, negative ? -1 : 990);
    }
    void call() { result = maximumSubarray(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
