struct Case {
    std::vector<double> x;
    std::array<size_t, 4> bins;

    void make(lessonl::Input &in) {
        x = in.reals(in.size, 0, 999.75);
        // In small inputs multiples of a quarter, and numbers just below them.
        if (in.values == lessonl::Values::any && in.size < 4096)
            for (auto &value : x)
                if (in.coin(0.3)) value = 0.25 * static_cast<double>(in.between(1, 3999)) - (in.coin() ? 0 : 1e-6);
    }
    void call() { countQuartiles(x, bins); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("bins", bins);
    }
};
LESSONL_PROBLEM(Case)
