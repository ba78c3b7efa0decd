struct Case {
    std::vector<std::complex<double>> x;

    void make(lessonl::Input &in) {
        size_t N = in.size == 0 ? 0 : 1;
        while (N != 0 && 2 * N <= in.size) N *= 2;
        const auto re = in.reals(N, -1, 1), im = in.reals(N, -1, 1);
        x.resize(N);
        for (size_t k = 0; k < N; ++k) x[k] = {re[k], im[k]};
    }
    void call() { fftConjugate(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
