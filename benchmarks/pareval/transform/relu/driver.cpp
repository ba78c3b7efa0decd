struct Case {
    std::vector<double> x;

    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); }
    void call() { relu(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
