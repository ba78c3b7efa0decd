template <class C> void lessonl_members(C &c, COOElement &e) { c(e.row); c(e.column); c(e.value); }

struct Case {
    std::vector<COOElement> A;
    std::vector<double> b, x;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        b = in.reals(N, -10, 10);
        x.resize(N);
        // Seven elements anywhere in each row (in small matrices some share a place); then the diagonal, in one or two parts.
        std::vector<double> others(N, 0.0);
        A.clear();
        for (size_t i = 0; i < N; ++i)
            for (int k = 0; k < 7; ++k) {
                const size_t column = static_cast<size_t>(in.bits() % N);
                if (column == i) continue;
                A.push_back({i, column, in.real(-1, 1)});
                others[i] += std::abs(A.back().value);
            }
        for (size_t i = 0; i < N; ++i) {
            const double diagonal = (in.coin() ? 1 : -1) * (2 * others[i] + in.uniform(1, 3));
            if (in.coin(0.2)) {
                A.push_back({i, i, 0.25 * diagonal});
                A.push_back({i, i, 0.75 * diagonal});
            } else {
                A.push_back({i, i, diagonal});
            }
        }
        for (size_t k = A.size(); k > 1; --k) std::swap(A[k - 1], A[static_cast<size_t>(in.bits() % k)]);
        const auto before = [](COOElement const &l, COOElement const &r) { return l.row != r.row ? l.row < r.row : l.column < r.column; };
        if (in.values == lessonl::Values::sorted) std::stable_sort(A.begin(), A.end(), before);
        if (in.values == lessonl::Values::reversed) std::stable_sort(A.rbegin(), A.rend(), before);
    }
    void call() { solveLinearSystem(A, b, x, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("b", b);
        f.output("x", x);
    }
};
LESSONL_PROBLEM(Case)
