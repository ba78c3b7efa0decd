#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/* Sixteen lines go through the recursion side by side; rows are turned around for that. */

constexpr int Lines = 16;

/* The filter over Lines lines side by side: element t of line l is x[t * Lines + l]. */
struct Filter {
    float a1, a2, a3, a4, b1, b2;

    void run(const float *__restrict x, float *__restrict sums, int n) const {
        float x1[Lines] = {}, f1[Lines] = {}, f2[Lines] = {};
        for (int t = 0; t < n; t++) {
            const float *now = x + static_cast<size_t>(t) * Lines;
            float *to = sums + static_cast<size_t>(t) * Lines;
            for (int l = 0; l < Lines; l++) {
                const float f = a1 * now[l] + a2 * x1[l] + b2 * f2[l] + b1 * f1[l];
                to[l] = f;
                x1[l] = now[l];
                f2[l] = f1[l];
                f1[l] = f;
            }
        }
        float y1[Lines] = {}, y2[Lines] = {}, g1[Lines] = {}, g2[Lines] = {};
        for (int t = n - 1; t >= 0; t--) {
            const float *now = x + static_cast<size_t>(t) * Lines;
            float *to = sums + static_cast<size_t>(t) * Lines;
            for (int l = 0; l < Lines; l++) {
                const float g = a3 * y1[l] + a4 * y2[l] + b2 * g2[l] + b1 * g1[l];
                to[l] += g;
                y2[l] = y1[l];
                y1[l] = now[l];
                g2[l] = g1[l];
                g1[l] = g;
            }
        }
    }
};

void kernel_deriche(int w, int h, double alpha, std::vector<std::vector<float>>& imgIn,
    std::vector<std::vector<float>>& imgOut, std::vector<std::vector<float>>& y1, std::vector<std::vector<float>>& y2) {
    const double e = std::exp(-alpha);
    const double gain = (1.0 - e) * (1.0 - e) / (1.0 + 2.0 * alpha * e - e * e);
    Filter filter;
    filter.a1 = gain;
    filter.a2 = gain * e * (alpha - 1.0);
    filter.a3 = gain * e * (alpha + 1.0);
    filter.a4 = -gain * e * e;
    filter.b1 = 2.0 * e;
    filter.b2 = -e * e;

#pragma omp parallel
    {
        std::vector<float> x, sums;
        x.resize(static_cast<size_t>(w > h ? w : h) * Lines);
        sums.resize(x.size());
#pragma omp for schedule(static)
        for (int i0 = 0; i0 < w; i0 += Lines) {
            const int height = w - i0 < Lines ? w - i0 : Lines;
            for (int r = 0; r < height; r++) {
                const float *row = imgIn[i0 + r].data();
                for (int j = 0; j < h; j++) x[static_cast<size_t>(j) * Lines + r] = row[j];
            }
            filter.run(x.data(), sums.data(), h);
            for (int r = 0; r < height; r++) {
                float *row = imgOut[i0 + r].data();
                for (int j = 0; j < h; j++) row[j] = sums[static_cast<size_t>(j) * Lines + r];
            }
        }
#pragma omp for schedule(static)
        for (int j0 = 0; j0 < h; j0 += Lines) {
            const int width = h - j0 < Lines ? h - j0 : Lines;
            for (int i = 0; i < w; i++) std::copy_n(imgOut[i].data() + j0, width, x.data() + static_cast<size_t>(i) * Lines);
            filter.run(x.data(), sums.data(), w);
            for (int i = 0; i < w; i++) std::copy_n(sums.data() + static_cast<size_t>(i) * Lines, width, imgOut[i].data() + j0);
        }
    }
    (void)y1;
    (void)y2;
}
