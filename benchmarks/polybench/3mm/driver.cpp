struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int ni, nj, nk, nl, nm;
    Matrix E, A, B, F, C, D, G;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    // What outputs and scratch space are made of: nobody may rely on it.
    static Matrix blank(size_t rows, size_t columns) { return Matrix(rows, Vector(columns, -7)); }
    void make(lessonl::Input &in) {
        ni = static_cast<int>(in.size);
        nj = ni + ni / 5;
        nk = ni - ni / 4;
        nl = ni + 1;
        nm = ni + 2;
        A = matrix(in, ni, nk, -1, 1);
        B = matrix(in, nk, nj, -1, 1);
        C = matrix(in, nj, nm, -1, 1);
        D = matrix(in, nm, nl, -1, 1);
        E = blank(ni, nj);
        F = blank(nj, nl);
        G = blank(ni, nl);
    }
    void call() { kernel_3mm(ni, nj, nk, nl, nm, E, A, B, F, C, D, G); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("B", B);
        f.input("C", C);
        f.input("D", D);
        f.output("G", G);
    }
};
LESSONL_PROBLEM(Case)
