struct Case {
    std::vector<int> A;
    size_t N;
    int result;

    void make(lessonl::Input &in) {
        N = in.size;
        A.assign(N * N, in.values == lessonl::Values::equal ? 1 : 0);
        if (in.values != lessonl::Values::any) return;
        // 64 entries from two draws, one in four an edge: this runs before every timed call.
        for (size_t i = 0; i < A.size();) {
            uint64_t edges = in.bits() & in.bits();
            for (int k = 0; k < 64 && i < A.size(); ++k, ++i, edges >>= 1) A[i] = static_cast<int>(edges & 1);
        }
    }
    void call() { result = edgeCount(A, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("N", N);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
