template <class C> void lessonl_members(C &c, COOElement &e) { c(e.row); c(e.column); c(e.value); }

struct Case {
    std::vector<COOElement> A;
    std::vector<double> L, U;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        L.resize(N * N);
        U.resize(N * N);
        A.clear();
        std::vector<double> others(N, 0.0);
        const int64_t n = static_cast<int64_t>(N);
        for (int64_t i = 0; i < n; ++i)
            for (int k = 0; k < 5; ++k) {
                // Within a tenth of N from the diagonal; one in fifty anywhere.
                const int64_t reach = in.coin(0.02) ? n : 2 + n / 10;
                const int64_t column = i + in.between(-reach, reach);
                if (column < 0 || column >= n || column == i) continue;
                const auto row = static_cast<size_t>(i);
                A.push_back({row, static_cast<size_t>(column), in.real(-1, 1)});
                others[row] += std::abs(A.back().value);
            }
        for (size_t i = 0; i < N; ++i) A.push_back({i, i, (in.coin() ? 1 : -1) * (1.5 * others[i] + in.uniform(1, 3))});
        for (size_t k = A.size(); k > 1; --k) std::swap(A[k - 1], A[static_cast<size_t>(in.bits() % k)]);
        const auto before = [](COOElement const &l, COOElement const &r) { return l.row != r.row ? l.row < r.row : l.column < r.column; };
        if (in.values == lessonl::Values::sorted) std::stable_sort(A.begin(), A.end(), before);
        if (in.values == lessonl::Values::reversed) std::stable_sort(A.rbegin(), A.rend(), before);
    }
    void call() { luFactorize(A, L, U, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.output("L", L);
        f.output("U", U);
    }
};
LESSONL_PROBLEM(Case)
