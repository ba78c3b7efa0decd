struct Case {
    using Matrix = std::vector<std::vector<double>>;
    int tsteps, n;
    std::vector<Matrix> A, B;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        tsteps = n % 5;
        for (int i = 0; i < n; ++i) A.push_back(matrix(in, n, n, -1, 1));
        for (int i = 0; i < n; ++i) B.push_back(matrix(in, n, n, -1, 1));
    }
    void call() { kernel_heat_3d(tsteps, n, A, B); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.inout("B", B);
    }
};
LESSONL_PROBLEM(Case)
