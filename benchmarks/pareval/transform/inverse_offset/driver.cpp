// Magnitudes around 1, so that neither term swallows the other; both signs.
struct Case {
    std::vector<double> x;

    void make(lessonl::Input &in) {
        x = in.reals(in.size, 0.125, 8);
        for (auto &value : x)
            if (value < 1) value = -value;
        in.order(x);
    }
    void call() { oneMinusInverse(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
