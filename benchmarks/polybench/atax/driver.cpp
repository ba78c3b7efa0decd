struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    Matrix A;
    Vector x, y, tmp;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        m = static_cast<int>(in.size);
        n = m + m / 8;
        A = matrix(in, m, n, -1, 1);
        x = in.reals(n, -1, 1);
        y.assign(n, -7);
        tmp.assign(m, -7);
    }
    void call() { kernel_atax(m, n, A, x, y, tmp); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("x", x);
        f.output("y", y);
    }
};
LESSONL_PROBLEM(Case)
