struct Case {
    std::vector<int> x;
    int k = 1, result;

    void make(lessonl::Input &in) {
        x = in.integers(in.size, in.values == lessonl::Values::any ? INT32_MIN : -1000000, in.values == lessonl::Values::any ? INT32_MAX : 1000000);
        if (x.empty()) return;
        const int64_t n = static_cast<int64_t>(x.size());
        // Both ends in small inputs; about the middle in large ones, so that the work does not depend on the seed.
        k = static_cast<int>(n < 128 ? (in.coin(0.2) ? 1 : in.coin(0.25) ? n : in.between(1, n)) : in.between(n / 4, n - n / 4));
    }
    // Without elements there is none to find.
    void call() { result = x.empty() ? 0 : findKthSmallest(x, k); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.input("k", k);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
