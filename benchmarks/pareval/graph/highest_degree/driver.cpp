// Few edges, so that few entries have to be written before every timed call; one vertex with somewhat more.
struct Case {
    std::vector<int> A;
    size_t N;
    int result;

    void make(lessonl::Input &in) {
        N = in.size;
        A.assign(N * N, 0);
        if (N == 0 || in.values == lessonl::Values::zeros) return;
        const auto pick = [&] { return static_cast<size_t>(in.bits() % N); };
        const auto edge = [&](size_t i, size_t j) {
            if (i != j) A[i * N + j] = A[j * N + i] = 1;
        };
        if (in.values == lessonl::Values::equal) {
            for (size_t i = 0; i < N; ++i)
                for (size_t j = 0; j < i; ++j)
                    if (in.coin()) edge(i, j);
            return;
        }
        for (size_t e = 0; e < 4 * N; ++e) edge(pick(), pick());
        const size_t hub = in.coin(0.2) ? N - 1 : pick();
        for (size_t e = static_cast<size_t>(in.between(0, 40)); e > 0; --e) edge(hub, pick());
    }
    void call() { result = maxDegree(A, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("N", N);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
