struct Case {
    using Vector = std::vector<double>;
    using Matrix = std::vector<std::vector<double>>;
    int tmax, nx, ny;
    Matrix ex, ey, hz;
    Vector _fict_;

    static Matrix matrix(lessonl::Input &in, size_t rows, size_t columns, double lo, double hi) {
        const auto flat = in.reals(rows * columns, lo, hi);
        Matrix made(rows);
        for (size_t i = 0; i < rows; ++i) made[i].assign(flat.begin() + i * columns, flat.begin() + (i + 1) * columns);
        return made;
    }
    void make(lessonl::Input &in) {
        nx = static_cast<int>(in.size) + 1;
        ny = nx + 2;
        tmax = static_cast<int>(in.size % 9);
        ex = matrix(in, nx, ny, -1, 1);
        ey = matrix(in, nx, ny, -1, 1);
        hz = matrix(in, nx, ny, -1, 1);
        _fict_ = in.reals(tmax, -1, 1);
    }
    void call() { kernel_fdtd_2d(tmax, nx, ny, ex, ey, hz, _fict_); }
    template <class F> void fields(F &f) {
        f.inout("ex", ex);
        f.inout("ey", ey);
        f.inout("hz", hz);
        f.input("_fict_", _fict_);
    }
};
LESSONL_PROBLEM(Case)
