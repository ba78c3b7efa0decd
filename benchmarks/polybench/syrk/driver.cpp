struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int n, m;
    double alpha, beta;
    Matrix C, A;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        m = n + n / 5;
        alpha = in.real(0.5, 2);
        beta = in.real(0.5, 2);
        C = matrix(in, n, n, -1, 1);
        A = matrix(in, n, m, -1, 1);
    }
    void call() { kernel_syrk(n, m, alpha, beta, C, A); }
    template <class F> void fields(F &f) {
        f.inout("C", C);
        f.input("A", A);
    }
};
LESSONL_PROBLEM(Case)
