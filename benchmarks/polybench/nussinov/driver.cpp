struct Case {
    int n;
    std::vector<int> seq;
    std::vector<std::vector<int>> table;

    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        seq = in.integers(n, 0, 3);
        table.assign(n, std::vector<int>(n, 0));
    }
    void call() { kernel_nussinov(n, seq, table); }
    template <class F> void fields(F &f) {
        f.input("seq", seq);
        f.inout("table", table);
    }
};
LESSONL_PROBLEM(Case)
