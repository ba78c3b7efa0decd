#include <cmath>
#include <vector>

/* Two recursive passes along the rows, added up, then two along the columns. */
void kernel_deriche(int w, int h, double alpha, std::vector<std::vector<float>>& imgIn,
    std::vector<std::vector<float>>& imgOut, std::vector<std::vector<float>>& y1, std::vector<std::vector<float>>& y2) {
    const double e = std::exp(-alpha);
    const double gain = (1.0 - e) * (1.0 - e) / (1.0 + 2.0 * alpha * e - e * e);
    const float a1 = gain, a2 = gain * e * (alpha - 1.0), a3 = gain * e * (alpha + 1.0), a4 = -gain * e * e;
    const float b1 = 2.0 * e, b2 = -e * e;

    for (int i = 0; i < w; i++) {
        float x1 = 0.0f, f1 = 0.0f, f2 = 0.0f;
        for (int j = 0; j < h; j++) {
            y1[i][j] = a1 * imgIn[i][j] + a2 * x1 + b1 * f1 + b2 * f2;
            x1 = imgIn[i][j];
            f2 = f1;
            f1 = y1[i][j];
        }
    }
    for (int i = 0; i < w; i++) {
        float x1 = 0.0f, x2 = 0.0f, g1 = 0.0f, g2 = 0.0f;
        for (int j = h - 1; j >= 0; j--) {
            y2[i][j] = a3 * x1 + a4 * x2 + b1 * g1 + b2 * g2;
            x2 = x1;
            x1 = imgIn[i][j];
            g2 = g1;
            g1 = y2[i][j];
        }
    }
    for (int i = 0; i < w; i++) {
        for (int j = 0; j < h; j++) imgOut[i][j] = y1[i][j] + y2[i][j];
    }
    for (int j = 0; j < h; j++) {
        float x1 = 0.0f, f1 = 0.0f, f2 = 0.0f;
        for (int i = 0; i < w; i++) {
            y1[i][j] = a1 * imgOut[i][j] + a2 * x1 + b1 * f1 + b2 * f2;
            x1 = imgOut[i][j];
            f2 = f1;
            f1 = y1[i][j];
        }
    }
    for (int j = 0; j < h; j++) {
        float x1 = 0.0f, x2 = 0.0f, g1 = 0.0f, g2 = 0.0f;
        for (int i = w - 1; i >= 0; i--) {
            y2[i][j] = a3 * x1 + a4 * x2 + b1 * g1 + b2 * g2;
            x2 = x1;
            x1 = imgOut[i][j];
            g2 = g1;
            g1 = y2[i][j];
        }
    }
    for (int i = 0; i < w; i++) {
        for (int j = 0; j < h; j++) imgOut[i][j] = y1[i][j] + y2[i][j];
    }
}
