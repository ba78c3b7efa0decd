struct Case {
    std::vector<double> A, b, x;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        A = in.reals(N * N, -1, 1);
        b = in.reals(N, -10, 10);
        if (in.values == lessonl::Values::zeros)
            for (auto &value : b) value = in.uniform(-10, 10);
        x.resize(N);
        // The large element of column k stands in row place[k].
        std::vector<size_t> place(N);
        for (size_t i = 0; i < N; ++i) place[i] = i;
        for (size_t i = N; i > 1; --i) std::swap(place[i - 1], place[static_cast<size_t>(in.bits() % i)]);
        for (size_t k = 0; k < N; ++k) {
            double const size = static_cast<double>(N) + in.uniform(0.5, 2);
            A[place[k] * N + k] = in.coin() ? size : -size;
        }
    }
    void call() { solveLinearSystem(A, b, x, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("b", b);
        f.output("x", x);
    }
};
LESSONL_PROBLEM(Case)
