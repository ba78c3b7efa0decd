struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int n;
    double alpha, beta;
    Matrix A, B;
    Vector tmp, x, y;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        alpha = in.real(0.5, 2);
        beta = in.real(0.5, 2);
        A = matrix(in, n, n, -1, 1);
        B = matrix(in, n, n, -1, 1);
        x = in.reals(n, -1, 1);
        tmp.assign(n, -7);
        y.assign(n, -7);
    }
    void call() { kernel_gesummv(n, alpha, beta, A, B, tmp, x, y); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("B", B);
        f.input("x", x);
        f.output("y", y);
    }
};
LESSONL_PROBLEM(Case)
