// As likely u as 1/u, so that products drift only slowly away from 1, also those of the elements at even indices alone.
struct Case {
    std::vector<double> x;
    double result;

    void make(lessonl::Input &in) {
        x.resize(in.size);
        for (auto &value : x) {
            const double u = in.real(0.9, 1);
            value = in.bits() & 1 ? u : 1 / u;
        }
        in.order(x);
    }
    void call() { result = productWithInverses(x); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
