struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int tsteps, n;
    Matrix A, B;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        tsteps = n % 9;
        A = matrix(in, n, n, -1, 1);
        B = matrix(in, n, n, -1, 1);
    }
    void call() { kernel_jacobi_2d(tsteps, n, A, B); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.inout("B", B);
    }
};
LESSONL_PROBLEM(Case)
