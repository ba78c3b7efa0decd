struct Case {
    std::vector<int> input, output;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        input.assign(N * N, in.values == lessonl::Values::equal ? 1 : 0);
        output.resize(N * N);
        if (in.values != lessonl::Values::any) return;
        // 64 cells from three draws, three in eight set: this runs before every timed call.
        for (size_t i = 0; i < input.size();) {
            uint64_t set = in.bits() & (in.bits() | in.bits());
            for (int k = 0; k < 64 && i < input.size(); ++k, ++i, set >>= 1) input[i] = static_cast<int>(set & 1);
        }
    }
    void call() { cellsXOR(input, output, N); }
    template <class F> void fields(F &f) {
        f.input("input", input);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
