struct Case {
    std::vector<double> x;
    double result;

    // Mostly positive: the sum stays far from zero, where any reordering would look like an error.
    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 3); }
    void call() { result = sumOfPrefixSum(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
