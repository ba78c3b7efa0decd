struct Case {
    std::vector<int> x, output;

    void make(lessonl::Input &in) {
        output.resize(in.size);
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, -1000, 1000);
            return;
        }
        // Four numbers from -512 to 511 from one draw: this runs before every timed call.
        x.resize(in.size);
        for (size_t i = 0; i < x.size();) {
            uint64_t draw = in.bits();
            for (int k = 0; k < 4 && i < x.size(); ++k, ++i, draw >>= 16) x[i] = static_cast<int>(draw & 1023) - 512;
        }
    }
    void call() { reversePrefixSum(x, output); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("output", output);
    }
};
LESSONL_PROBLEM(Case)
