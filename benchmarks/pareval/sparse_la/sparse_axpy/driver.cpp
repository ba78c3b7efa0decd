template <class C> void lessonl_members(C &c, Element &e) { c(e.index); c(e.value); }

struct Case {
    std::vector<Element> x, y;
    std::vector<double> z;
    double alpha;

    void make(lessonl::Input &in) {
        alpha = in.real(-2, 2);
        z.resize(in.size);
        fill(in, x);
        fill(in, y);
    }
    void call() { sparseAxpy(alpha, x, y, z); }
    template <class F> void fields(F &f) {
        f.input("alpha", alpha);
        f.input("x", x);
        f.input("y", y);
        f.output("z", z);
    }

  private:
    void fill(lessonl::Input &in, std::vector<Element> &all) const {
        all.resize((in.size + 7) / 8);
        for (auto &e : all) e = {static_cast<size_t>((in.bits() >> 32) * in.size >> 32), in.real(-1, 1)};
        const auto before = [](Element const &a, Element const &b) { return a.index < b.index; };
        if (in.values == lessonl::Values::sorted) std::stable_sort(all.begin(), all.end(), before);
        if (in.values == lessonl::Values::reversed) std::stable_sort(all.rbegin(), all.rend(), before);
    }
};
LESSONL_PROBLEM(Case)
