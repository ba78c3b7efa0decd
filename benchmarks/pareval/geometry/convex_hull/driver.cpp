template <class C> void lessonl_members(C &c, Point &p) { c(p.x); c(p.y); }

struct Case {
    std::vector<Point> points, hull;

    void make(lessonl::Input &in) {
        points.resize(in.size);
        // Whole, so that the few values of class `equal` lie exactly on common lines.
        const double width = static_cast<double>(in.between(200, 1000)), height = static_cast<double>(in.between(200, 1000));
        for (auto &p : points) p = Point{in.real(-width, width), in.real(-height, height)};
        // Whole numbers: often a few columns only, so that many points lie on common lines.
        if (in.values == lessonl::Values::exact && in.coin()) {
            for (auto &p : points) p = Point{static_cast<double>(in.between(-3, 3)), static_cast<double>(in.between(-3, 3))};
            // Now and then all on one line.
            if (in.coin(0.3))
                for (auto &p : points) p.y = 2 * p.x;
        } else if (in.values == lessonl::Values::exact && in.coin()) {
            // Or far out on three lines close together, where only exact cross products tell which way it turns.
            for (auto &p : points) {
                p.x = static_cast<double>(in.between(-100000, 100000));
                p.y = 3 * p.x + static_cast<double>(in.between(0, 2));
            }
        }
        hull.resize(3);
    }
    void call() { convexHull(points, hull); }
    template <class F> void fields(F &f) {
        f.input("points", points);
        f.output("hull", hull);
    }
};
LESSONL_PROBLEM(Case)
