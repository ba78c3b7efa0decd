// About as many edges as make components of all sizes; small graphs also with more or fewer.
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
        const double per_vertex = N < 1000 ? in.uniform(0.2, 1.5) : in.uniform(0.55, 0.8);
        const size_t edges = static_cast<size_t>(per_vertex * static_cast<double>(N)) + 1;
        for (size_t e = 0; e < edges; ++e) edge(pick(), pick());
    }
    void call() { result = largestComponent(A, N); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("N", N);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
