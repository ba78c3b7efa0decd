struct Case {
    std::vector<double> input, output;

    void make(lessonl::Input &in) {
        input = in.reals(in.size, -1, 1);
        output.resize(in.size);
    }
    void call() { jacobi1D(input, output); }
    template <class F> void fields(F &f) {
        f.input("input", input);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
