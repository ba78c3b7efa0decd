struct Case {
    std::vector<int> x;
    std::vector<bool> mask;

    void make(lessonl::Input &in) {
        mask.resize(in.size);
        if (in.values != lessonl::Values::any) {
            x = in.integers(in.size, -2, 4);
            return;
        }
        // Half powers of two (the sign bit alone, the smallest int, among them), else one beside, negative, or anything.
        x.resize(in.size);
        for (auto &value : x) {
            const uint64_t draw = in.bits();
            const uint32_t power = uint32_t{1} << (draw & 31);
            const uint32_t all[8] = {power, power, power, power, power - 1, power + 1, 0u - power, static_cast<uint32_t>(draw >> 32)};
            value = static_cast<int>(all[draw >> 5 & 7]);
        }
    }
    void call() { mapPowersOfTwo(x, mask); }
    template <class F> void fields(F &f) {
        f.input("x", x);
        f.output("mask", mask);
    }
};
LESSONL_PROBLEM(Case)
