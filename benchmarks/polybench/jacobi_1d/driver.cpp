struct Case {
    using Vector = std::vector<double>;
    int tsteps, n;
    Vector A, B;

    void make(lessonl::Input &in) {
        n = static_cast<int>(in.size);
        tsteps = n % 9;
        A = in.reals(n, -1, 1);
        B = in.reals(n, -1, 1);
    }
    void call() { kernel_jacobi_1d(tsteps, n, A, B); }
    template <class F> void fields(F &f) {
        f.inout("A", A);
        f.inout("B", B);
    }
};
LESSONL_PROBLEM(Case)
