struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int m, n;
    Matrix A;
    Vector s, q, p, r;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        m = static_cast<int>(in.size);
        n = m + m / 8;
        A = matrix(in, n, m, -1, 1);
        p = in.reals(m, -1, 1);
        r = in.reals(n, -1, 1);
        s.assign(m, -7);
        q.assign(n, -7);
    }
    void call() { kernel_bicg(m, n, A, s, q, p, r); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.output("s", s);
        f.output("q", q);
        f.input("p", p);
        f.input("r", r);
    }
};
LESSONL_PROBLEM(Case)
