template <class C> void lessonl_members(C &c, COOElement &e) { c(e.row); c(e.column); c(e.value); }

// Three different extents, so that a mixed-up index or an assumed square shows.
struct Case {
    std::vector<COOElement> A, X;
    std::vector<double> Y;
    size_t M, K, N;

    void make(lessonl::Input &in) {
        M = in.size;
        K = in.size - in.size / 4;
        N = in.size + in.size / 5;
        fill(in, A, M, K, 32);
        fill(in, X, K, N, 8);
        Y.resize(M * N);
    }
    void call() { spmm(A, X, Y, M, K, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("X", X);
        f.output("Y", Y);
    }

  private:
    static void fill(lessonl::Input &in, std::vector<COOElement> &all, size_t rows, size_t columns, size_t per_row) {
        all.resize(rows * per_row);
        for (auto &e : all) {
            const uint64_t draw = in.bits();
            e = {static_cast<size_t>((draw >> 32) * rows >> 32), static_cast<size_t>((draw & 0xffffffffu) * columns >> 32), in.real(-1, 1)};
        }
        const auto before = [](COOElement const &a, COOElement const &b) { return a.row != b.row ? a.row < b.row : a.column < b.column; };
        if (in.values == lessonl::Values::sorted) std::stable_sort(all.begin(), all.end(), before);
        if (in.values == lessonl::Values::reversed) std::stable_sort(all.rbegin(), all.rend(), before);
    }
};
LESSONL_PROBLEM(Case)
