template <class C> void lessonl_members(C &c, Point &p) { c(p.x); c(p.y); }

struct Case {
    std::vector<Point> points;
    double result;

    void make(lessonl::Input &in) {
        points.resize(in.size);
        const double width = in.uniform(200, 1000), height = in.uniform(200, 1000);
        for (auto &p : points) p = Point{in.real(-width, width), in.real(-height, height)};
        if (in.values == lessonl::Values::sorted)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x < b.x; });
        if (in.values == lessonl::Values::reversed)
            std::sort(points.begin(), points.end(), [](Point const &a, Point const &b) { return a.x > b.x; });
    }
    void call() { result = convexHullPerimeter(points); }
    template <class F> void fields(F &f) {
        f.input("points", points);
        f.output("result", result);
    }
};
LESSONL_PROBLEM(Case)
