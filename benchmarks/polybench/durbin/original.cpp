#include <vector>

/* y solves the Yule-Walker equations of r; order k + 1 from order k by one reflection coefficient. */
void kernel_durbin(int n, std::vector<double>& r, std::vector<double>& y) {
    std::vector<double> z(n);
    double beta = 1.0;
    for (int k = 0; k < n; k++) {
        double sum = r[k];
        for (int i = 0; i < k; i++) sum += r[k - i - 1] * y[i];
        double alpha = -sum / beta;
        for (int i = 0; i < k; i++) z[i] = y[i] + alpha * y[k - i - 1];
        for (int i = 0; i < k; i++) y[i] = z[i];
        y[k] = alpha;
        beta *= 1.0 - alpha * alpha;
    }
}
