struct Case {
    std::vector<double> A;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        A = in.reals(N * N, -1, 1);
        for (size_t i = 0; i < N; ++i) A[i * N + i] = (in.coin() ? 1 : -1) * (static_cast<double>(N) + in.uniform(0.5, 2));
    }
    void call() { luFactorize(A, N); }
    template <class F> void fields(F &f) { f.inout("A", A); }
};
LESSONL_PROBLEM(Case)
