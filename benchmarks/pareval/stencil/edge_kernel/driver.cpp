struct Case {
    std::vector<int> imageIn, imageOut;
    size_t N;

    void make(lessonl::Input &in) {
        N = in.size;
        imageOut.resize(N * N);
        if (in.values != lessonl::Values::any) {
            imageIn = in.integers(N * N, 0, 255);
            return;
        }
        // Eight pixels from one draw, of little contrast, so that by far not every result is clamped.
        const uint64_t base = static_cast<uint64_t>(in.between(0, 200));
        imageIn.resize(N * N);
        for (size_t i = 0; i < imageIn.size();) {
            uint64_t draw = in.bits();
            for (int k = 0; k < 8 && i < imageIn.size(); ++k, ++i, draw >>= 8) imageIn[i] = static_cast<int>(base + (draw & 255) * 55 / 255);
        }
    }
    void call() { convolveKernel(imageIn, imageOut, N); }
    template <class F> void fields(F &f) {
        f.input("imageIn", imageIn);
        f.output("imageOut", imageOut);
    }
};
LESSONL_PROBLEM(Case)
