// Random columns, half as many again in length, are far from dependent; other classes of values get a heavy diagonal for that.
struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    Matrix A, R, Q;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    // What outputs and scratch space are made of: nobody may rely on it.
    static Matrix blank(size_t rows, size_t columns) { return Matrix(rows, Vector(columns, -7)); }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        m = n + n / 2 + 2;
        A = matrix(in, m, n, -1, 1);
        if (in.values != lessonl::Values::any)
            for (int i = 0; i < n; ++i) A[i][i] += 2 * n + 1;
        R = matrix(in, n, n, -1, 1);
        Q = blank(m, n);
    }
    void call() { kernel_gramschmidt(m, n, A, R, Q); }
    template <class F> void fields(F &f) {
        f.inout("R", R);
        f.output("Q", Q);
    }
};
LESSONL_PROBLEM(Case)
