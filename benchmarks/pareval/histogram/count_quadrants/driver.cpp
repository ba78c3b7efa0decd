template <class C> void lessonl_members(C &c, Point &p) { c(p.x); c(p.y); }

struct Case {
    std::vector<Point> points;
    std::array<size_t, 4> bins;

    void make(lessonl::Input &in) {
        // Not the same number in every quadrant.
        const double x0 = in.uniform(-80, -20), y0 = in.uniform(-80, -20);
        points.resize(in.size);
        for (auto &p : points) {
            p.x = in.real(x0, 50);
            p.y = in.real(y0, 50);
        }
        // In small inputs points on the axes, and negative zeros.
        if (in.values == lessonl::Values::any && in.size < 4096)
            for (auto &p : points) {
                if (in.coin(0.1)) p.x = in.coin() ? 0.0 : -0.0;
                if (in.coin(0.1)) p.y = in.coin() ? 0.0 : -0.0;
            }
        const auto before = [](Point const &a, Point const &b) { return a.x != b.x ? a.x < b.x : a.y < b.y; };
        if (in.values == lessonl::Values::sorted) std::sort(points.begin(), points.end(), before);
        if (in.values == lessonl::Values::reversed) std::sort(points.rbegin(), points.rend(), before);
    }
    void call() { countQuadrants(points, bins); }
    template <class F> void fields(F &f) {
        f.input("points", points);
        f.output("bins", bins);
    }
};
LESSONL_PROBLEM(Case)
