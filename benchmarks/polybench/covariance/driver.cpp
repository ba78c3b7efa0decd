struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    Matrix data, cov;
    Vector mean;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    // What outputs and scratch space are made of: nobody may rely on it.
    static Matrix blank(size_t rows, size_t columns) { return Matrix(rows, Vector(columns, -7)); }
    void make(lessonl::Input &in) {
        m = static_cast<int>(in.size);
        n = m + m / 4 + 2;
        data = matrix(in, n, m, -4, 6);
        cov = blank(m, m);
        mean.assign(m, -7);
    }
    void call() { kernel_covariance(m, n, data, cov, mean); }
    template <class F> void fields(F &f) {
        f.inout("data", data);
        f.output("cov", cov);
        f.output("mean", mean);
    }
};
LESSONL_PROBLEM(Case)
