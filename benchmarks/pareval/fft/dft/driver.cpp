struct Case {
    std::vector<double> x;
    std::vector<std::complex<double>> output;

    void make(lessonl::Input &in) {
        x = in.reals(in.size, -1, 1);
        output.resize(in.size);
    }
    void call() { dft(x, output); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
