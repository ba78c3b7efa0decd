// Three different extents, so that a mixed-up index or an assumed square shows.
struct Case {
    std::vector<double> A, B, C;
    size_t M, K, N;

    void make(lessonl::Input &in) {
        M = in.size;
        K = in.size - in.size / 4;
        N = in.size + in.size / 5;
        A = in.reals(M * K, -1, 1);
        B = in.reals(K * N, -1, 1);
        C.resize(M * N);
    }
    void call() { gemm(A, B, C, M, K, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("B", B);
        f.output("C", C);
    }
};
LESSONL_PROBLEM(Case)
