template <class C> void lessonl_members(C &c, Point &p) { c(p.x); c(p.y); }

struct Case {
    std::vector<Point> points;
    double result;

    void make(lessonl::Input &in) {
        points.resize(in.size);
        for (auto &p : points) p = Point{in.real(-1000, 1000), in.real(-1000, 1000)};
        // Ascending or descending in x, the order a sweep could wrongly rely on or trip over.
        if (in.values == lessonl::Values::sorted)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x < b.x; });
        if (in.values == lessonl::Values::reversed)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x > b.x; });
    }
    void call() { result = closestPair(points); }
    template <class F> void fields(F &f) {
        f.input("points", points);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
