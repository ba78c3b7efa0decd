// The triangle above the diagonal of A holds other numbers than its mirror image: whoever reads it is wrong.
struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    double alpha, beta;
    Matrix C, A, B;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        m = static_cast<int>(in.size);
        n = m + m / 5;
        alpha = in.real(0.5, 2);
        beta = in.real(0.5, 2);
        C = matrix(in, m, n, -1, 1);
        A = matrix(in, m, m, -1, 1);
        for (int i = 0; i < m; ++i)
            for (int j = i + 1; j < m; ++j) A[i][j] = in.uniform(2, 3);
        B = matrix(in, m, n, -1, 1);
    }
    void call() { kernel_symm(m, n, alpha, beta, C, A, B); }
    template <class F> void fields(F &f) {
        f.inout("C", C);
        f.input("A", A);
        f.input("B", B);
    }
};
LESSONL_PROBLEM(Case)
