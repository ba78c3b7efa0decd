#include <cmath>
#include <vector>

/* Means and deviations of the columns, data to zero mean and unit variance, and products of its columns. */
void kernel_correlation(int m, int n, std::vector<std::vector<double>>& data, std::vector<std::vector<double>>& corr,
    std::vector<double>& mean, std::vector<double>& stddev) {
    for (int j = 0; j < m; j++) {
        mean[j] = 0.0;
        for (int i = 0; i < n; i++) mean[j] += data[i][j];
        mean[j] /= n;
    }
    for (int j = 0; j < m; j++) {
        stddev[j] = 0.0;
        for (int i = 0; i < n; i++) stddev[j] += (data[i][j] - mean[j]) * (data[i][j] - mean[j]);
        stddev[j] = std::sqrt(stddev[j] / n);
        if (stddev[j] <= 0.1) stddev[j] = 1.0;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) data[i][j] = (data[i][j] - mean[j]) / (std::sqrt(static_cast<double>(n)) * stddev[j]);
    }
    for (int i = 0; i < m; i++) {
        corr[i][i] = 1.0;
        for (int j = i + 1; j < m; j++) {
            corr[i][j] = 0.0;
            for (int k = 0; k < n; k++) corr[i][j] += data[k][i] * data[k][j];
            corr[j][i] = corr[i][j];
        }
    }
}
