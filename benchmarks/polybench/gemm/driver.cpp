struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int ni, nj, nk;
    double alpha, beta;
    Matrix A, B, C;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        ni = static_cast<int>(in.size);
        nj = ni + ni / 5;
        nk = ni - ni / 4;
        alpha = in.real(0.5, 2);
        beta = in.real(0.5, 2);
        A = matrix(in, ni, nk, -1, 1);
        B = matrix(in, nk, nj, -1, 1);
        C = matrix(in, ni, nj, -1, 1);
    }
    void call() { kernel_gemm(ni, nj, nk, alpha, beta, A, B, C); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("B", B);
        f.inout("C", C);
    }
};
LESSONL_PROBLEM(Case)
