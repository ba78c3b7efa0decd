struct Case {
    std::vector<std::complex<double>> x;
    std::vector<double> r, i;

    void make(lessonl::Input &in) {
        size_t N = in.size == 0 ? 0 : 1;
        while (N != 0 && 2 * N <= in.size) N *= 2;
        const auto re = in.reals(N, -1, 1), im = in.reals(N, -1, 1);
        x.resize(N);
        for (size_t k = 0; k < N; ++k) x[k] = {re[k], im[k]};
        r.resize(N);
        i.resize(N);
    }
    void call() { fft(x, r, i); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("r", r);
        f.output("i", i);
    }
};
LESSONL_PROBLEM(Case)
