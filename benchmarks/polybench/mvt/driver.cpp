struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int n;
    Vector x1, x2, y_1, y_2;
    Matrix A;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        x1 = in.reals(n, -1, 1);
        x2 = in.reals(n, -1, 1);
        y_1 = in.reals(n, -1, 1);
        y_2 = in.reals(n, -1, 1);
        A = matrix(in, n, n, -1, 1);
    }
    void call() { kernel_mvt(n, x1, x2, y_1, y_2, A); }
    template <class F> void fields(F &f) {
        f.inout("x1", x1);
        f.inout("x2", x2);
        f.input("y_1", y_1);
        f.input("y_2", y_2);
        f.input("A", A);
    }
};
LESSONL_PROBLEM(Case)
