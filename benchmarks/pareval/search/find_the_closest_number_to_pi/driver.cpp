struct Case {
    std::vector<double> x;
    size_t result;

    void make(lessonl::Input &in) { x = in.reals(in.size, -100, 100); }
    void call() { result = findClosestToPi(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
