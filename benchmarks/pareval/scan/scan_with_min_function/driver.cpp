// Drifts downwards under noise, so that the minimum goes on changing all along.
struct Case {
    std::vector<float> x;

    void make(lessonl::Input &in) {
        x = in.reals<float>(in.size, -1, 1);
        if (in.values != lessonl::Values::any) return;
        const float slope = static_cast<float>(in.uniform(20, 200)) / static_cast<float>(x.size() + 1);
        for (size_t i = 0; i < x.size(); ++i) x[i] -= slope * static_cast<float>(i);
    }
    void call() { partialMinimums(x); }
    template <class F> void fields(F &f) { f.inout("x", x); }
};
LESSONL_PROBLEM(Case)
