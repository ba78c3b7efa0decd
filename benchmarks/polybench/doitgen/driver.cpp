struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int nr, nq, np;
    std::vector<Matrix> A;
    Matrix C4;
    Vector sum;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        nr = static_cast<int>(in.size);
        nq = nr + 1;
        np = nr + nr / 4;
        for (int r = 0; r < nr; ++r) A.push_back(matrix(in, nq, np, -1, 1));
        C4 = matrix(in, np, np, -1, 1);
        sum.assign(np, -7);
    }
    void call() { kernel_doitgen(nr, nq, np, A, C4, sum); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.input("C4", C4);
    }
};
LESSONL_PROBLEM(Case)
