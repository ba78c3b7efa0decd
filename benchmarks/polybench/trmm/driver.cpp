// The diagonal of A and what is above it hold numbers that are not part of the matrix: whoever reads them is wrong.
struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    double alpha;
    Matrix A, B;

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
        A = matrix(in, m, m, -1, 1);
        for (int i = 0; i < m; ++i)
            for (int j = i; j < m; ++j) A[i][j] = in.uniform(2, 3);
        B = matrix(in, m, n, -1, 1);
    }
    void call() { kernel_trmm(m, n, alpha, A, B); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.inout("B", B);
    }
};
LESSONL_PROBLEM(Case)
