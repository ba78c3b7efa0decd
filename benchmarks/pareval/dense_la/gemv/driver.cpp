struct Case {
    std::vector<double> A, x, y;
    size_t M, N;

    void make(lessonl::Input &in) {
        M = in.size;
        N = M < 16 && in.coin(0.125) ? 0 : M + M / 4;
        A = in.reals(M * N, -1, 1);
        x = in.reals(N, -1, 1);
        y.resize(M);
    }
    void call() { gemv(A, x, y, M, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("x", x);
        f.output("y", y);
    }
};
LESSONL_PROBLEM(Case)
