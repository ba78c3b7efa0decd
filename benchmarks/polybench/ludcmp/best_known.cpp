#include <cstddef>
#include <cstring>
#include <vector>

/* In blocks of 32 columns; what they do to the rest is a product in register tiles. */

#ifdef __AVX512F__
constexpr int Lane = 8;
#else
constexpr int Lane = 4;
#endif
typedef double Lanes __attribute__((vector_size(Lane * 8), aligned(8), may_alias));
constexpr int Rows = 4, Across = 3, Columns = Across * Lane;

/* Where a strip of Rows rows, beginning at a row, has terms and results. */
struct Span {
    int first_term, last_term, first_column, last_column;
};

/* Hands store(i, j, n, sums) the sums over k of left(i, k) * right(k, j) for row i and the n columns from j, strip by strip. The right side is
   copied into panels of Columns, zero beyond the last column, the left side strip by strip; a tile of sums stays in registers. */
template <class Left, class Right, class Ends, class Store>
static void product(int rows, int depth, int columns, Left left, Right right, Ends ends, Store store) {
    if (rows <= 0 || columns <= 0) return;
    const int panels = (columns + Columns - 1) / Columns;
    std::vector<double> packed(static_cast<size_t>(panels) * Columns * depth);
#pragma omp parallel for schedule(static)
    for (int panel = 0; panel < panels; panel++) {
        double *to = packed.data() + static_cast<size_t>(panel) * Columns * depth;
        const int j0 = panel * Columns, width = columns - j0 < Columns ? columns - j0 : Columns;
        for (int k = 0; k < depth; k++, to += Columns)
            for (int c = 0; c < width; c++) to[c] = right(k, j0 + c);
    }
#pragma omp parallel
    {
        std::vector<double> strip(static_cast<size_t>(Rows) * depth);
#pragma omp for schedule(dynamic, 2)
        for (int i0 = 0; i0 < rows; i0 += Rows) {
            const int height = rows - i0 < Rows ? rows - i0 : Rows;
            const Span span = ends(i0, height);
            for (int r = 0; r < height; r++)
                for (int k = span.first_term; k < span.last_term; k++) strip[static_cast<size_t>(k) * Rows + r] = left(i0 + r, k);
            for (int panel = span.first_column / Columns; panel * Columns < span.last_column; panel++) {
                const double *a = strip.data() + static_cast<size_t>(span.first_term) * Rows;
                const double *b = packed.data() + (static_cast<size_t>(panel) * depth + span.first_term) * Columns;
                Lanes sums[Rows][Across] = {};
                for (int k = span.first_term; k < span.last_term; k++, a += Rows, b += Columns) {
                    const Lanes b0 = *reinterpret_cast<const Lanes *>(b), b1 = *reinterpret_cast<const Lanes *>(b + Lane),
                                b2 = *reinterpret_cast<const Lanes *>(b + 2 * Lane);
                    for (int r = 0; r < Rows; r++) {
                        sums[r][0] += a[r] * b0;
                        sums[r][1] += a[r] * b1;
                        sums[r][2] += a[r] * b2;
                    }
                }
                double plain[Rows][Columns];
                std::memcpy(plain, sums, sizeof(plain));
                const int j0 = panel * Columns, width = columns - j0 < Columns ? columns - j0 : Columns;
                for (int r = 0; r < height; r++) store(i0 + r, j0, width, plain[r]);
            }
        }
    }
}

/* Sum of products of two rows in four vectors' worth of sums. */
static double dot(const double *a, const double *b, int n) {
    double sums[32] = {};
    int j = 0;
    for (; j + 32 <= n; j += 32)
        for (int c = 0; c < 32; c++) sums[c] += a[j + c] * b[j + c];
    for (; j + 8 <= n; j += 8)
        for (int c = 0; c < 8; c++) sums[c] += a[j + c] * b[j + c];
    for (int c = 16; c > 0; c /= 2)
        for (int l = 0; l < c; l++) sums[l] += sums[l + c];
    for (; j < n; j++) sums[0] += a[j] * b[j];
    return sums[0];
}

void kernel_ludcmp(int n, std::vector<std::vector<double>>& A, std::vector<double>& b, std::vector<double>& x,
    std::vector<double>& y) {
    constexpr int Block = 32;
    for (int s = 0; s < n; s += Block) {
        const int e = s + Block < n ? s + Block : n;
        // The block of columns below the diagonal, and the diagonal block itself, row by row.
        for (int i = s; i < n; i++) {
            double *row = A[i].data();
            for (int k = s; k < (i < e ? i : e); k++) {
                const double *pivot = A[k].data();
                const double factor = row[k] /= pivot[k];
                for (int j = k + 1; j < e; j++) row[j] -= factor * pivot[j];
            }
        }
        // The block of rows right of it.
        for (int i = s + 1; i < e; i++) {
            double *row = A[i].data();
            for (int k = s; k < i; k++) {
                const double *pivot = A[k].data();
                const double factor = row[k];
                for (int j = e; j < n; j++) row[j] -= factor * pivot[j];
            }
        }
        product(n - e, e - s, n - e, [&](int i, int k) { return A[e + i][s + k]; },
                [&](int k, int j) { return A[s + k][e + j]; }, [&](int, int) { return Span{0, e - s, 0, n - e}; },
                [&](int i, int j, int count, const double *sums) {
                    double *row = A[e + i].data() + e + j;
                    for (int c = 0; c < count; c++) row[c] -= sums[c];
                });
    }

    for (int i = 0; i < n; i++) y[i] = b[i] - dot(A[i].data(), y.data(), i);
    for (int i = n - 1; i >= 0; i--) x[i] = (y[i] - dot(A[i].data() + i + 1, x.data() + i + 1, n - i - 1)) / A[i][i];
}
