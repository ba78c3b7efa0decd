struct Case {
    std::vector<double> x, y, z;
    double alpha;

    void make(lessonl::Input &in) {
        alpha = in.real(-2, 2);
        x = in.reals(in.size, -1, 1);
        y = in.reals(in.size, -1, 1);
        z.resize(in.size);
    }
    void call() { axpy(alpha, x, y, z); }
    template <class F> void fields(F &f) {
        f.input("alpha", alpha);
        f.input("x", x);
        f.input("y", y);
        f.output("z", z);
    }
};
LESSONL_PROBLEM(Case)
