struct Case {
    std::vector<double> x;
    double result;

    // Mostly positive: the mean stays far from zero, where any reordering of the sum would look like an error.
    void make(lessonl::Input &in) {
        in.most(1e15);
        x = in.reals(in.size, -20, 100);
    }
    void call() { result = average(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
