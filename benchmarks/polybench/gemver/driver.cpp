struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int n;
    double alpha, beta;
    Matrix A;
    Vector u1, v1, u2, v2, w, x, y, z;

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
        for (Vector *one : {&u1, &v1, &u2, &v2, &w, &x, &y, &z}) *one = in.reals(n, -1, 1);
    }
    void call() { kernel_gemver(n, alpha, beta, A, u1, v1, u2, v2, w, x, y, z); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.input("u1", u1);
        f.input("v1", v1);
        f.input("u2", u2);
        f.input("v2", v2);
        f.inout("w", w);
        f.inout("x", x);
        f.input("y", y);
        f.input("z", z);
    }
};
LESSONL_PROBLEM(Case)
