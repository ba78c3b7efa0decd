struct Case {
    std::vector<double> input, output;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        input = in.reals(N * N, -1, 1);
        output.resize(N * N);
    }
    void call() { jacobi2D(input, output, N); }
    template <class F> void fields(F &f) {
        f.input("input", input);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
