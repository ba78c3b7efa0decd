template <class C> void lessonl_members(C &c, COOElement &e) { c(e.row); c(e.column); c(e.value); }

struct Case {
    std::vector<COOElement> A;
    std::vector<double> x, y;
    double alpha, beta;
    size_t M, N;

    void make(lessonl::Input &in) {
        M = in.size;
        N = in.size + in.size / 4;
        x = in.reals(N, -1, 1);
        y = in.reals(M, -1, 1);
        alpha = in.real(-2, 2);
        beta = in.real(-2, 2);
        A.resize(M * 32);
        // Both positions from one draw; small matrices get many elements at the same place.
        for (auto &e : A) {
            const uint64_t draw = in.bits();
            e = {static_cast<size_t>((draw >> 32) * M >> 32), static_cast<size_t>((draw & 0xffffffffu) * N >> 32), in.real(-1, 1)};
        }
        const auto before = [](COOElement const &a, COOElement const &b) {
            return a.row != b.row ? a.row < b.row : a.column < b.column;
        };
        if (in.values == lessonl::Values::sorted) std::stable_sort(A.begin(), A.end(), before);
        if (in.values == lessonl::Values::reversed) std::stable_sort(A.rbegin(), A.rend(), before);
    }
    void call() { spmv(alpha, A, x, beta, y, M, N); }
    template <class F> void fields(F &f) {
        f.input("alpha", alpha);
        f.input("A", A);
        f.input("x", x);
        f.input("beta", beta);
        f.inout("y", y);
    }
};
LESSONL_PROBLEM(Case)
