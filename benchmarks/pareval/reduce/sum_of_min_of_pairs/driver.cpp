struct Case {
    std::vector<double> x, y;
    double result;

    // Mostly positive: the sum stays far from zero, where any reordering would look like an error.
    void make(lessonl::Input &in) {
        x = in.reals(in.size, -1, 5);
        y = in.reals(in.size, -1, 5);
    }
    void call() { result = sumOfMinimumElements(x, y); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.input("y", y);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
