// The entry has a parameter of its own name; the field is called differently here.
struct Case {
    std::vector<float> x;
    std::vector<size_t> order;

    void make(lessonl::Input &in) {
        x = in.reals<float>(in.size, -1, 1);
        order.resize(in.size);
        // In small inputs a few zeros of both signs, and ties.
        if (in.values == lessonl::Values::any && in.size < 4096)
            for (size_t i = 0; i < x.size(); ++i) {
                if (in.coin(0.1)) x[i] = in.coin() ? 0.0f : -0.0f;
                else if (i > 0 && in.coin(0.2)) x[i] = x[static_cast<size_t>(in.between(0, static_cast<int64_t>(i) - 1))];
            }
    }
    void call() { ranks(x, order); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("ranks", order);
    }
};
LESSONL_PROBLEM(Case)
