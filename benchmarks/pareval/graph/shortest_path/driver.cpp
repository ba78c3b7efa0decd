// A graph in layers under random names. Edges lead to the next layer, back, and now and then over a layer; the source is in
// the first layer and the destination in the last or out of reach, so nearly every row has to be looked at.
struct Case {
    std::vector<int> A;
    size_t N;
    int source = 0, dest = 0, result;

    void make(lessonl::Input &in) {
        N = in.size;
        A.assign(N * N, 0);
        if (N == 0) return;
        const auto pick = [&in](size_t n) { return static_cast<size_t>(in.between(0, static_cast<int64_t>(n) - 1)); };
        std::vector<int> name(N);
        for (size_t i = 0; i < N; ++i) name[i] = static_cast<int>(i);
        for (size_t i = N - 1; i > 0; --i) std::swap(name[i], name[pick(i + 1)]);
        source = name[0];
        // In small graphs now and then anywhere, so also where the source is.
        dest = N < 128 && in.coin(0.2) ? name[pick(N)] : name[N - 1];

        if (in.values == lessonl::Values::zeros) return;
        if (in.values == lessonl::Values::equal) {
            for (auto &edge : A) edge = in.coin() ? 1 : 0;
            return;
        }
        const auto edge = [&](size_t from, size_t to) { A[static_cast<size_t>(name[from]) * N + static_cast<size_t>(name[to])] = 1; };
        const size_t width = 1 + pick(N < 128 ? 4 : 24);
        for (size_t i = 0; i < N; ++i) {
            const size_t next = (i / width + 1) * width;
            const size_t end = std::min(next + width, N);
            // The first of a layer reaches all of the next, so that no layer is cut off.
            if (i % width == 0) for (size_t j = next; j < end; ++j) edge(i, j);
            else if (next < end) edge(i, next + pick(end - next));
            if (end < N && in.coin(0.05)) edge(i, end + pick(std::min(width, N - end)));
            edge(i, pick(i + 1));
            edge(i, pick(i + 1));
        }
        if (in.coin(0.15)) for (size_t i = 0; i < N; ++i) A[i * N + static_cast<size_t>(dest)] = 0;
    }
    // Without a vertex there is no source to start from.
    void call() { result = N == 0 ? -1 : shortestPathLength(A, N, source, dest); }
    template <class F> void fields(F &f) {
        f.input("A", A);
        f.input("N", N);
        f.input("source", source);
        f.input("dest", dest);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
