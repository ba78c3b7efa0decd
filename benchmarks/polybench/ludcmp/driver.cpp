struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int n;
    Matrix A;
    Vector b, x, y;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    // Each diagonal element above the sum of its row's others: elimination without pivoting is stable.
    static Matrix dominant(lessonl::Input &in, size_t n) {
        Matrix made = matrix(in, n, n, -1, 1);
        for (size_t i = 0; i < n; ++i) {
            double others = 0;
            for (size_t j = 0; j < n; ++j) others += j == i ? 0 : std::abs(made[i][j]);
            made[i][i] = others + in.uniform(1, 2);
        }
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        A = dominant(in, n);
        b = in.reals(n, -1, 1);
        x.assign(n, -7);
        y.assign(n, -7);
    }
    void call() { kernel_ludcmp(n, A, b, x, y); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.input("b", b);
        f.output("x", x);
        f.output("y", y);
    }
};
LESSONL_PROBLEM(Case)
