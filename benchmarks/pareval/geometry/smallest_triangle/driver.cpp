template <class C> void lessonl_members(C &c, Point &p) { c(p.x); c(p.y); }

struct Case {
    std::vector<Point> points;
    double result;

    void make(lessonl::Input &in) {
        points.resize(in.size);
        const auto coordinate = [&in] { return static_cast<double>(in.integer(-1048575, 1048575)) / 1024; };
        for (auto &p : points) {
            p.x = coordinate();
            p.y = coordinate();
        }
        if (in.values == lessonl::Values::sorted)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x < b.x; });
        if (in.values == lessonl::Values::reversed)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x > b.x; });
    }
    void call() { result = smallestArea(points); }
    template <class F> void fields(F &f) {
        f.input("points", points);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
