// What is handed back must not depend on the order of elements of equal magnitude: the squared magnitudes in the order
// found, and a sum of hashes that any order of the same elements gives. Computed only when it is emitted.
struct Ranking {
    std::vector<std::complex<double>> *x;
};
struct Elements {
    std::vector<std::complex<double>> *x;
};
template <class C> void lessonl_members(C &c, Ranking &all) {
    uint64_t n = all.x->size();
    c(n);
    for (auto const &z : *all.x) {
        double squared = z.real() * z.real() + z.imag() * z.imag();
        c(squared);
    }
}
template <class C> void lessonl_members(C &c, Elements &all) {
    uint64_t sum = 0;
    for (auto const &z : *all.x) {
        // + 0.0 makes -0 and +0 the same
        const double parts[2] = {z.real() + 0.0, z.imag() + 0.0};
        uint64_t bits[2];
        std::memcpy(bits, parts, sizeof bits);
        uint64_t hash = (bits[0] ^ (bits[0] >> 31)) * 0x9e3779b97f4a7c15ULL + bits[1];
        hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9ULL;
        sum += hash ^ (hash >> 32);
    }
    c(sum);
}

struct Case {
    std::vector<std::complex<double>> x;

    void make(lessonl::Input &in) {
        x.resize(in.size);
        for (auto &z : x) {
            const double re = in.real(-1, 1);
            z = {re, in.real(-1, 1)};
        }
        const auto less = [](auto const &a, auto const &b) { return std::norm(a) < std::norm(b); };
        if (in.values == lessonl::Values::sorted) std::sort(x.begin(), x.end(), less);
        if (in.values == lessonl::Values::reversed) std::sort(x.rbegin(), x.rend(), less);
    }
    void call() { sortComplexByMagnitude(x); }
    template <class F> void fields(F &f) {
        Ranking ranking{&x};
        Elements elements{&x};
        f.inout("x: squared magnitudes in order", ranking);
        f.inout("x: elements in any order", elements);
    }
};
LESSONL_PROBLEM(Case)
