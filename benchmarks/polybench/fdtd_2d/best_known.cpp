#include <vector>

/* All steps go through the fields together, each two rows behind the one before it, so that the fields are read from memory once. */

using Matrix = std::vector<std::vector<double>>;

struct Fields {
    Matrix &ex, &ey, &hz;
    int nx, ny;

    void electric(int i, double source) const {
        double *__restrict x = ex[i].data(), *__restrict y = ey[i].data();
        const double *here = hz[i].data();
        if (i == 0) {
            for (int j = 0; j < ny; j++) y[j] = source;
        } else {
            const double *above = hz[i - 1].data();
            for (int j = 0; j < ny; j++) y[j] -= 0.5 * (here[j] - above[j]);
        }
        for (int j = 1; j < ny; j++) x[j] -= 0.5 * (here[j] - here[j - 1]);
    }
    void magnetic(int i) const {
        const double *x = ex[i].data(), *y = ey[i].data(), *below = ey[i + 1].data();
        double *__restrict here = hz[i].data();
        for (int j = 0; j < ny - 1; j++) here[j] -= 0.7 * (x[j + 1] - x[j] + below[j] - y[j]);
    }
};

void kernel_fdtd_2d(int tmax, int nx, int ny, std::vector<std::vector<double>>& ex,
    std::vector<std::vector<double>>& ey, std::vector<std::vector<double>>& hz, std::vector<double>& _fict_) {
    const Fields fields{ex, ey, hz, nx, ny};
#ifdef _OPENMP
#pragma omp parallel
    for (int t = 0; t < tmax; t++) {
#pragma omp for schedule(static)
        for (int i = 0; i < nx; i++) fields.electric(i, _fict_[t]);
#pragma omp for schedule(static)
        for (int i = 0; i < nx - 1; i++) fields.magnetic(i);
    }
#else
    // Step t is two rows behind step t - 1, and its magnetic field a row behind its electric field.
    for (int wave = 0; wave < nx + 2 * tmax; wave++) {
        for (int t = 0; t < tmax; t++) {
            const int i = wave - 2 * t;
            if (i < 0 || i >= nx) continue;
            fields.electric(i, _fict_[t]);
            if (i > 0) fields.magnetic(i - 1);
        }
    }
#endif
}
