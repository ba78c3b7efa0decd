#include <cstddef>
#include <cstring>
#include <vector>

/* Tiles of 4 rows and 3 vectors of columns, with both factors copied so that the inner loop reads them in order.
   Only tiles that touch the lower triangle. */

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

void kernel_syr2k(int n, int m, double alpha, double beta, std::vector<std::vector<double>>& C,
    std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B) {
    // One product of twice the depth: [A B] times the transpose of [B A].
    product(n, 2 * m, n, [&](int i, int k) { return alpha * (k < m ? A[i][k] : B[i][k - m]); },
            [&](int k, int j) { return k < m ? B[j][k] : A[j][k - m]; },
            [&](int i, int height) { return Span{0, 2 * m, 0, i + height}; },
            [&](int i, int j, int count, const double *sums) {
                double *row = C[i].data() + j;
                const int inside = i + 1 - j < count ? i + 1 - j : count;
                for (int c = 0; c < inside; c++) row[c] = beta * row[c] + sums[c];
            });
}
