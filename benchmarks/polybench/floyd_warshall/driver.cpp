struct Case {
    int n;
    std::vector<std::vector<int>> path;

    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        const auto edges = in.integers(static_cast<size_t>(n) * n, 1, 1000);
        path.assign(n, std::vector<int>(n, 0));
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j)
                if (j != i) path[i][j] = in.coin(0.3) ? 100000000 : edges[static_cast<size_t>(i) * n + j];
    }
    void call() { kernel_floyd_warshall(n, path); }
    template <class F> void fields(F &f) {
        f.inout("path", path);
    }
};
LESSONL_PROBLEM(Case)
