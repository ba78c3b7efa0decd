struct Case {
    std::vector<int> image;
    std::array<size_t, 256> bins;

    void make(lessonl::Input &in) {
        if (in.values != lessonl::Values::any) {
            image = in.integers(in.size, 0, 255);
            return;
        }
        // Eight pixels from one draw: this runs before every timed call.
        image.resize(in.size);
        for (size_t i = 0; i < image.size();) {
            uint64_t draw = in.bits();
            for (int k = 0; k < 8 && i < image.size(); ++k, ++i, draw >>= 8) image[i] = static_cast<int>(draw & 255);
        }
    }
    void call() { pixelCounts(image, bins); }
    template <class F> void fields(F &f) {
        f.input("image", image);
        f.output("bins", bins);
    }
};
LESSONL_PROBLEM(Case)
