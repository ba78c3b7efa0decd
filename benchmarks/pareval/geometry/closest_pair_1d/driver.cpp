struct Case {
    std::vector<double> x;
    double result;

    void make(lessonl::Input &in) { x = in.reals(in.size, -1000, 1000); }
    void call() { result = closestPair(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
