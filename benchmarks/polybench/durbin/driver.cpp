// Autocorrelations of three waves (weights 0.7 together) in white noise (0.3): Toeplitz matrices of these are positive definite.
struct Case {
    using Vector = std::vector<double>;
    int n;
    Vector r, y;

    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        const double angle[3] = {in.real(0.1, 3), in.real(0.1, 3), in.real(0.1, 3)};
        r.resize(n);
        for (int k = 0; k < n; ++k) {
            const double lag = k + 1;
            r[k] = 0.3 * std::cos(lag * angle[0]) + 0.25 * std::cos(lag * angle[1]) + 0.15 * std::cos(lag * angle[2]);
        }
        y.assign(n, -7);
    }
    void call() { kernel_durbin(n, r, y); }
    template <class F> void fields(F &f) {
        f.input("r", r);
        f.output("y", y);
    }
};
LESSONL_PROBLEM(Case)
