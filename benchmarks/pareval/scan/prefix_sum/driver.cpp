struct Case {
    std::vector<double> x, output;

    // Mostly positive: the sums grow, so that the largest is a fair scale for all.
    void make(lessonl::Input &in) {
        x = in.reals(in.size, -1, 3);
        output.resize(in.size);
    }
    void call() { prefixSum(x, output); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
