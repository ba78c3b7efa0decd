struct Case {
    int w, h;
    double alpha;
    std::vector<std::vector<float>> imgIn, imgOut, y1, y2;

    void make(lessonl::Input &in) {
        w = static_cast<int>(in.size);
        h = w + w / 4 + 1;
        alpha = 0.25 + 0.25 * in.uniform(0, 1);
        const std::vector<std::vector<float>> space(w, std::vector<float>(h, -7));
        imgIn = imgOut = y1 = y2 = space;
        const auto flat = in.reals<float>(static_cast<size_t>(w) * h, 0, 1);
        for (int i = 0; i < w; ++i) std::copy_n(flat.begin() + static_cast<ptrdiff_t>(i) * h, h, imgIn[i].begin());
    }
    void call() { kernel_deriche(w, h, alpha, imgIn, imgOut, y1, y2); }
    template <class F> void fields(F &f) {
        f.input("imgIn", imgIn);
        f.output("imgOut", imgOut);
    }
};
LESSONL_PROBLEM(Case)
