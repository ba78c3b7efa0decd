struct Case {
    std::vector<double> x;
    std::array<size_t, 10> bins;

    void make(lessonl::Input &in) {
        x = in.reals(in.size, 0, 99.5);
        // In small inputs numbers beside and on the bounds of bins.
        if (in.values == lessonl::Values::any && in.size < 4096)
            for (auto &value : x)
                if (in.coin(0.3)) value = 10.0 * static_cast<double>(in.between(0, 9)) + (in.coin() ? 0 : 9.999999);
    }
    void call() { binsBy10Count(x, bins); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("bins", bins);
    }
};
LESSONL_PROBLEM(Case)
