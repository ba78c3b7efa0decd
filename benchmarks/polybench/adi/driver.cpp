struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int tsteps, n;
    Matrix u, v, p, q;

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
        tsteps = 1 + n % 5;
        u = matrix(in, n, n, 0, 2);
        v = p = q = blank(n, n);
    }
    void call() { kernel_adi(tsteps, n, u, v, p, q); }
    template <class F> void fields(F &f) {
        f.inout("u", u);
    }
};
LESSONL_PROBLEM(Case)
