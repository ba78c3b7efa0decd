// What a problem's driver.cpp is written against; force-included before it, after the standard headers and the types of
// original.cpp. A driver makes seeded inputs, calls the entry and names its inputs and outputs; nothing else:
//
//     struct Case {
//         std::vector<double> A, x, y;  size_t n;
//         void make(lessonl::Input &in) {           // in.size: the size; everything drawn from `in` follows the seed
//             n = in.size;
//             A = in.reals(n * n, -1, 1);  x = in.reals(n, -1, 1);  y.resize(n);
//         }
//         void call() { gemv(A, x, y, n, n); }      // the only thing that is timed
//         template <class F> void fields(F &f) {    // order and names are what mismatches are reported by
//             f.input("A", A);  f.input("x", x);    // must be unchanged afterwards
//             f.output("y", y);                     // what it held before must not matter: it is poisoned
//         }                                         // f.inout("v", v): both
//     };
//     LESSONL_PROBLEM(Case)
//
// Fields may be arithmetic types, std::complex, std::string, std::pair, std::tuple, std::array, std::vector (also of bool,
// nested), other containers, std::optional, plain arrays, and any struct S for which the driver defines
// `template <class C> void lessonl_members(C &c, S &s) { c(s.a); c(s.b); }`.
// A driver whose folder has a recorded.cpp makes its ordinary inputs of what real calls were handed (`lessonl::Replay`,
// `lessonl::Graph`).
// `lessonl::fill(in, value, n)` makes a value of any of these, containers with n elements, and `lessonl::Memory<T>` for a
// pointer; for an enumeration E the driver
// defines `void lessonl_draw(lessonl::Input &in, E &e)`. LESSONL_SLOT("what") marks what a person has to write.
// `make` keeps nothing beyond the case that grows from call to call (no static containers): its memory is shared.
// Never prints, never measures, never compares: the parent process does, from the bytes `emit` writes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <limits>
#include <list>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#define LESSONL_SLOT(what) static_assert(false, "to be written: " what)

namespace lessonl {

// Same order and codes as domain::problem::Values.
enum class Values : uint32_t { any, exact, zeros, equal, sorted, reversed, wide, large, full, special, uneven, counts, unaligned, drawn };

// Seeded maker of inputs. The same (seed, size, values, exact_bits) gives the same inputs in every process.
class Input {
  public:
    const uint64_t size;
    const Values values;

    Input(uint64_t seed, uint64_t size_, uint32_t values_, uint32_t exact_bits)
        : size(size_), values(static_cast<Values>(values_)), exact_bits_(exact_bits), state_(seed) {}

    // Next 64 random bits (splitmix64, Steele et al. 2014).
    uint64_t bits() { return mixed_(state_ += STEP); }
    // Uniform in [lo, hi), whatever the class of values.
    double uniform(double lo, double hi) { return lo + (hi - lo) * (static_cast<double>(bits() >> 11) * 0x1p-53); }
    // Uniform in [lo, hi], both ends included, whatever the class of values.
    int64_t between(int64_t lo, int64_t hi) {
        const uint64_t span = static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1;
        return static_cast<int64_t>(static_cast<uint64_t>(lo) + (span == 0 ? bits() : bits() % span));
    }
    // A length near the size: the size or up to three more, so that lengths of one case differ; 0 if the size is 0.
    uint64_t length() { return size + (size ? bits() % 4 : 0); }
    // The length of a container that knows its own: the size; in class `uneven` anything from nothing to twice that.
    uint64_t extent() {
        if (values != Values::uneven) return size;
        switch (bits() % 6) {
            case 0: return bits() % 4;
            case 1: return size;
            case 2: return size / 2;
            case 3: return 2 * size;
            case 4: return size + 1 + bits() % 4;
            default: return bits() % (size + 1);
        }
    }
    // The input of one of many small calls: a few elements, none only where the size is 0.
    Input small_call() { return Input(bits(), size ? 1 + bits() % 32 : 0, static_cast<uint32_t>(values), exact_bits_); }
    // Elements beyond those that the function's other arguments speak of: none, but in class `uneven`.
    uint64_t more() { return values == Values::uneven ? bits() % 5 : 0; }
    // How many of `of` elements, in [lo, hi]: one to all of them, of very many an eighth at most. In class `uneven` also
    // more than there are; in class `counts` also none, fewer than that, and the ends of the type.
    template <class T> T count(uint64_t of, int64_t lo = INT64_MIN, int64_t hi = INT64_MAX) {
        if (values == Values::counts) return within_<T>(edge<T>(), lo, hi);
        uint64_t most = of < 1 ? 1 : of, least = 1;
        if (of > 512) least = 1 + of / 16, most = 1 + of / 8;
        if (values == Values::uneven && coin()) least = of, most = 2 * of + 1;
        const uint64_t drawn = coin(0.2) && of <= 512 && values != Values::uneven ? most : least + bits() % (most - least + 1);
        return within_<T>(static_cast<T>(drawn), lo, hi);
    }
    // What is taken away from a length: one of it to a quarter; in class `uneven` also none, all and more.
    template <class T> T part(uint64_t of) {
        if (values == Values::uneven) return static_cast<T>(bits() % (of + 4));
        return static_cast<T>(1 + bits() % (of < 4 ? 1 : of / 4));
    }
    // Whether a pointer that may be null is: in class `counts`, now and then.
    bool absent() { return values == Values::counts && coin(0.3); }
    // A number that stands for nothing else: in [lo, hi]; in class `counts` any that its type holds.
    template <class T> T number(int64_t lo, int64_t hi, int64_t least = INT64_MIN, int64_t most = INT64_MAX) {
        if (values == Values::counts) return within_<T>(edge<T>(), least, most);
        if (has_wide_numbers() && !thresholds_.empty() && coin(0.75)) {
            const uint64_t at = thresholds_[bits() % thresholds_.size()];
            return within_<T>(static_cast<T>(coin() ? at + bits() % 3 - 1 : bits() % (at + 1)), least, most);
        }
        const bool plain = values == Values::large || values == Values::wide;
        return within_<T>(static_cast<T>(plain ? between(lo, hi) : integer(lo, hi)), least, most);
    }
    // Over all a type holds, with its ends, powers of two and their neighbours oftener than chance has them.
    template <class T> T edge() {
        using U = std::make_unsigned_t<T>;
        constexpr unsigned width = 8 * sizeof(T);
        // Where a function goes another way, and just before and behind that.
        if (!thresholds_.empty() && coin(0.3)) return static_cast<T>(thresholds_[bits() % thresholds_.size()] + bits() % 3 - 1);
        U value = 0;
        switch (bits() % 4) {
            case 0: {
                const T ends[] = {0, 1, static_cast<T>(-1), std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                                  static_cast<T>(std::numeric_limits<T>::max() - 1)};
                return ends[bits() % 6];
            }
            case 1:
                value = static_cast<U>((U{1} << (bits() % width)) + static_cast<U>(bits() % 3) - 1);
                if (std::is_signed_v<T> && coin()) value = static_cast<U>(U{0} - value);
                break;
            case 2: value = static_cast<U>(static_cast<U>(bits()) >> (bits() % width)); break;
            default: value = static_cast<U>(bits());
        }
        return static_cast<T>(value);
    }
    // A letter or sign that the text is looked through for; where text is plain, a sign that is only near its end.
    template <class T> T letter() {
        if (values == Values::counts) return edge<T>();
        static constexpr std::string_view signs = ";,:|#=\n";
        const bool sign = has_plain_text() || coin();
        sought_ = sign ? signs[bits() % signs.size()] : static_cast<char>('a' + bits() % 26);
        return static_cast<T>(sought_);
    }
    char sought() const { return sought_; }
    // Text beside other text is in ordinary inputs now and then a piece of it, or nearly the same; what is looked for in it
    // is short, and as often there as not.
    void relate(std::string &value, std::string const &other, bool looked_for) {
        if (!is_ordinary() || other.empty() || value.empty()) return;
        const auto whole = [&](std::string const &text, size_t at) {
            while (whole_text_ && at > 0 && at < text.size() && (text[at] & 0xc0) == 0x80) --at;
            return at;
        };
        const auto piece = [&](size_t from, size_t length) {
            from = whole(other, from);
            const size_t end = whole(other, std::min(other.size(), from + length));
            value = end > from ? other.substr(from, end - from) : other;
        };
        if (looked_for) {
            const size_t length = 1 + bits() % 8;
            if (coin()) piece(other.size() - 1 - bits() % (other.size() / 8 + 1), length);
            else value.resize(whole(value, std::min(value.size(), length)));
            return;
        }
        switch (bits() % 4) {
            case 0: piece(bits() % other.size(), 1 + bits() % other.size()); break;
            case 1:
                value = other;
                if (const size_t at = bits() % value.size(); coin(0.75) && (value[at] & 0x80) == 0) value[at] = static_cast<char>('a' + bits() % 26);
                break;
            default: break;
        }
    }
    // A number that is looked for among elements: one of twice their range, so that there are such and others.
    template <class T> T element() {
        if (values == Values::counts) return edge<T>();
        return static_cast<T>(between(std::is_signed_v<T> ? -2000 : 0, 2000));
    }
    // A seed, a key or a state: any number, but none below zero where that is not asked for.
    template <class T> T seed() {
        if (values == Values::counts) return edge<T>();
        return static_cast<T>(bits() & static_cast<uint64_t>(std::numeric_limits<T>::max()));
    }
    // What text is made of besides letters: what the function looks for.
    void grammar(std::initializer_list<std::string_view> words) { words_.assign(words.begin(), words.end()); }
    const std::vector<std::string_view> &grammar() const { return words_; }
    // Numbers that the function compares others with.
    void thresholds(std::initializer_list<uint64_t> numbers) { thresholds_.assign(numbers.begin(), numbers.end()); }
    // Ordinary text is letters, spaces and UTF-8, in half of all inputs with something else near its end: for what ends at
    // the first byte that it does not know.
    void plain_text() { plain_text_ = true; }
    bool has_plain_text() const { return plain_text_ && is_ordinary(); }
    // The same, but with nothing in it that is no whole sign.
    void whole_text() { whole_text_ = true; }
    bool has_whole_text() const { return whole_text_; }
    // Ordinary text is of these letters alone: for what decodes it.
    void alphabet(std::string_view letters) { alphabet_ = letters; }
    std::string_view alphabet() const { return is_ordinary() ? alphabet_ : std::string_view(); }
    // Ordinary whole numbers are of their whole range: for what tells numbers apart that are larger than most.
    void wide_numbers() { wide_numbers_ = true; }
    bool has_wide_numbers() const { return wide_numbers_ && is_ordinary(); }
    // Ordinary values ascend: for what looks something up in them.
    void sorted_values() { sorted_values_ = true; }
    // The largest magnitude that class `large` may draw: by default a million for reals, and for whole numbers what `size`
    // of them can be added up to in an int.
    void most(double magnitude) { most_ = magnitude; }
    double most() const { return most_; }
    // True with probability p.
    bool coin(double p = 0.5) { return uniform(0, 1) < p; }

    // One real in [lo, hi] following the class of values (`exact`: a whole number up to 2^exact_bits instead).
    double real(double lo, double hi) {
        switch (values) {
            case Values::exact: {
                const double top = static_cast<double>(uint64_t{1} << (exact_bits_ < 53 ? exact_bits_ : 52));
                const double whole = static_cast<double>(static_cast<int64_t>(uniform(lo < 0 ? -top : 0, top)));
                return whole == 0 && lo > 0 ? 1.0 : whole;
            }
            case Values::zeros: return lo > 0 || hi < 0 ? lo : 0.0;
            case Values::equal: return lo + (hi - lo) * (static_cast<double>(bits() % 3) / 2.0);
            case Values::wide: {
                const double scale = pow10_(between(-12, 0));
                const double value = uniform(lo, hi);
                return lo > 0 || hi < 0 ? value : value * scale;
            }
            case Values::large: {
                // Every other one of full magnitude, the others anywhere between that and the usual.
                const double usual = std::max(std::abs(lo), std::abs(hi));
                const double room = std::max(1.0, (most_ > 0 ? most_ : 1e6) / usual);
                const double scale = coin() ? room : std::pow(room, uniform(0, 1));
                return uniform(lo, hi) * 0.999 * (usual > 0 ? scale : 1);
            }
            default: return uniform(lo, hi);
        }
    }
    // One whole number in [lo, hi] following the class of values.
    int64_t integer(int64_t lo, int64_t hi) {
        switch (values) {
            case Values::zeros: return lo > 0 || hi < 0 ? lo : 0;
            case Values::equal: {
                const int64_t step = hi / 2 - lo / 2;
                const int64_t pick[3] = {lo, lo + step, hi};
                return pick[bits() % 3];
            }
            case Values::wide: {
                const uint64_t shift = bits() % 48;
                const int64_t value = between(lo, hi);
                const int64_t small = value / static_cast<int64_t>(uint64_t{1} << shift);
                return small < lo ? lo : small > hi ? hi : small;
            }
            case Values::large: {
                const double sum = 2147483647.0 / static_cast<double>(size + 1);
                const int64_t room = static_cast<int64_t>(most_ > 0 ? most_ : sum);
                return between(lo < 0 ? std::min(lo, -room) : lo, std::max(hi, room));
            }
            default: return between(lo, hi);
        }
    }
    // n reals or whole numbers following the class of values, ascending or descending where it says so.
    template <class T = double> std::vector<T> reals(size_t n, double lo, double hi) {
        std::vector<T> all(n);
        if (values == Values::any) {
            // As `real` would draw them, but without a step that waits for the one before.
            const uint64_t from = state_;
            T *const out = all.data();
            for (size_t i = 0; i < n; ++i)
                out[i] = static_cast<T>(lo + (hi - lo) * (static_cast<double>(static_cast<int64_t>(mixed_(from + (i + 1) * STEP) >> 11)) * 0x1p-53));
            state_ = from + n * STEP;
            return all;
        }
        for (auto &value : all) value = static_cast<T>(real(lo, hi));
        order(all);
        return all;
    }
    template <class T = int> std::vector<T> integers(size_t n, int64_t lo, int64_t hi) {
        std::vector<T> all(n);
        for (auto &value : all) value = static_cast<T>(integer(lo, hi));
        order(all);
        return all;
    }
    // Puts a vector into the order the class of values asks for.
    template <class T, class A> void order(std::vector<T, A> &all) const {
        if (values == Values::sorted || (sorted_values_ && is_ordinary())) std::sort(all.begin(), all.end());
        if (values == Values::reversed) std::sort(all.rbegin(), all.rend());
    }

  private:
    static constexpr uint64_t STEP = 0x9e3779b97f4a7c15ULL;
    static uint64_t mixed_(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    static double pow10_(int64_t power) {
        double value = 1;
        for (; power < 0; ++power) value /= 10;
        return value;
    }
    template <class T> static T within_(T value, int64_t lo, int64_t hi) {
        if (lo != INT64_MIN && (std::is_signed_v<T> ? static_cast<int64_t>(value) < lo : lo > 0 && static_cast<uint64_t>(value) < static_cast<uint64_t>(lo)))
            return static_cast<T>(lo);
        if (hi != INT64_MAX && (std::is_signed_v<T> ? static_cast<int64_t>(value) > hi : hi >= 0 && static_cast<uint64_t>(value) > static_cast<uint64_t>(hi)))
            return static_cast<T>(hi);
        return value;
    }
    bool is_ordinary() const { return values == Values::any || values > Values::special; }

    uint32_t exact_bits_;
    uint64_t state_;
    std::string_view alphabet_;
    bool plain_text_ = false, whole_text_ = false, wide_numbers_ = false, sorted_values_ = false;
    char sought_ = 0;
    double most_ = 0;
    std::vector<std::string_view> words_;
    std::vector<uint64_t> thresholds_;
};

// A block of memory that a case holds.
struct Block {
    const void *data;
    size_t bytes;
};
// Where a pointer leads, so that it can be compared: so many bytes into the first block that holds it, 2^40 more for each
// block before that one; -1 for none, -2 for anywhere else.
inline int64_t place_if_held(const void *pointer, std::initializer_list<Block> blocks) {
    if (!pointer) return -1;
    int64_t number = 0;
    for (Block const &block : blocks) {
        const auto at = reinterpret_cast<uintptr_t>(pointer), from = reinterpret_cast<uintptr_t>(block.data);
        if (at >= from && at - from <= block.bytes) return (number << 40) + static_cast<int64_t>(at - from);
        ++number;
    }
    return -2;
}
// The same for a pointer that must lead into one of them: one that leads elsewhere ends the process.
inline int64_t place(const void *pointer, std::initializer_list<Block> blocks) {
    const int64_t at = place_if_held(pointer, blocks);
    if (at == -2) std::abort();
    return at;
}

// Memory that begins so many bytes after a place aligned for everything: what a function gets that is handed `&x[1]`.
template <class T> struct Shifted {
    using value_type = T;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_copy_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    size_t by = 0;
    Shifted() = default;
    explicit Shifted(size_t by_) : by(by_) {}
    template <class U> Shifted(const Shifted<U> &other) : by(other.by) {}
    T *allocate(size_t n) { return reinterpret_cast<T *>(static_cast<char *>(::operator new(n * sizeof(T) + by)) + by); }
    void deallocate(T *at, size_t) noexcept { ::operator delete(reinterpret_cast<char *>(at) - by); }
    template <class U> bool operator==(const Shifted<U> &other) const { return by == other.by; }
    template <class U> bool operator!=(const Shifted<U> &other) const { return by != other.by; }
};
// What a pointer is handed to.
template <class T> using Memory = std::vector<T, Shifted<T>>;

// So many elements somewhere, to be compared.
template <class T> struct Seen {
    T *data;
    size_t n;
};
// Memory of `malloc` that a function may hand to `realloc` or `free`, behind a pointer that it may set.
template <class T> class Grown {
  public:
    Grown() = default;
    Grown(Grown const &) = delete;
    Grown &operator=(Grown const &) = delete;
    ~Grown() { drop(); }
    template <class P> void fill(Input &in, size_t n, P *&where);
    // What the pointer leads to now, `n` elements or as many as there are.
    Seen<T> seen() const { return seen(drawn_); }
    Seen<T> seen(size_t n) const {
        T *now = static_cast<T *>(where_ ? *where_ : nullptr);
        return {now, now ? std::min(n, malloc_usable_size(now) / sizeof(T)) : 0};
    }

  private:
    void drop() {
        if (where_) std::free(*where_);
        where_ = nullptr;
    }
    void **where_ = nullptr;
    size_t drawn_ = 0;
};

// A value in memory that nobody has constructed: a member of an object whose own constructor is not called.
class Built {
  public:
    Built() = default;
    Built(Built const &) = delete;
    Built &operator=(Built const &) = delete;
    ~Built() { drop(); }
    template <class T> void make(T &value) {
        drop();
        at_ = new (static_cast<void *>(&value)) T();
        end_ = [](void *at) { static_cast<T *>(at)->~T(); };
    }

  private:
    void drop() {
        if (at_) end_(at_);
        at_ = nullptr;
    }
    void *at_ = nullptr;
    void (*end_)(void *) = nullptr;
};

// What a function that is called back was called with.
struct Calls {
    std::vector<uint64_t> seen;
    template <class T> void number(T value) {
        uint64_t bits = 0;
        if constexpr (std::is_floating_point_v<T>) {
            const double wide = static_cast<double>(value);
            std::memcpy(&bits, &wide, 8);
        } else bits = static_cast<uint64_t>(value);
        note(bits);
    }
    template <class N> void bytes(const void *at, N n) {
        uint64_t hash = 0xcbf29ce484222325ULL;
        if (at && static_cast<int64_t>(n) > 0 && static_cast<uint64_t>(n) < (1u << 24))
            for (size_t i = 0; i < static_cast<size_t>(n); ++i) hash = (hash ^ static_cast<const unsigned char *>(at)[i]) * 0x100000001b3ULL;
        note(hash);
    }

  private:
    // Of very many calls the last numbers are kept as one.
    void note(uint64_t bits) {
        if (seen.size() < 1 << 16) seen.push_back(bits);
        else seen.back() = (seen.back() ^ bits) * 0x100000001b3ULL;
    }
};

// Kinds of values in what `emit` writes. Same codes as harness::output.
enum class Kind : uint32_t { f64 = 1, f32 = 2, i64 = 3, u64 = 4, byte = 5, count = 6 };

template <class T> struct is_complex : std::false_type {};
template <class T> struct is_complex<std::complex<T>> : std::true_type {};
template <class T> struct is_pair : std::false_type {};
template <class A, class B> struct is_pair<std::pair<A, B>> : std::true_type {};
template <class T> struct is_tuple : std::false_type {};
template <class... T> struct is_tuple<std::tuple<T...>> : std::true_type {};
template <class T> struct is_vector : std::false_type {};
template <class T, class A> struct is_vector<std::vector<T, A>> : std::true_type {};
template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};
template <class T> struct is_array : std::is_array<T> {};
template <class T, size_t N> struct is_array<std::array<T, N>> : std::true_type {};
template <class T, class = void> struct is_sequence : std::false_type {};
template <class T> struct is_sequence<T, std::void_t<decltype(std::declval<T &>().resize(1))>> : std::true_type {};
template <class T, class = void> struct is_set : std::false_type {};
template <class T> struct is_set<T, std::void_t<typename T::key_type>> : std::true_type {};
template <class T, class = void> struct is_map : std::false_type {};
template <class T> struct is_map<T, std::void_t<typename T::mapped_type>> : std::true_type {};

template <class T> void fill(Input &in, T &value, size_t n);
template <class T> T real_of(Input &in, double lo, double hi);

// What lessonl_members is called with to fill a struct.
struct FillMembers {
    Input &in;
    size_t n;
    template <class T> void operator()(T &member) { fill(in, member, n); }
};

template <class T> constexpr bool is_wide_number = std::is_arithmetic_v<T> && sizeof(T) > 1;

// A real of the class of values: usually in [lo, hi].
template <class T> T real_of(Input &in, double lo, double hi) {
    using Limits = std::numeric_limits<T>;
    if (in.values == Values::special) {
        const T sign = in.coin() ? T(1) : T(-1);
        switch (in.bits() % 8) {
            case 0: return Limits::quiet_NaN();
            case 1: return sign * Limits::infinity();
            case 2: return sign * T(0);
            case 3: return sign * Limits::denorm_min() * static_cast<T>(1 + in.bits() % 1000);
            default: return static_cast<T>(in.uniform(lo, hi));
        }
    }
    // Squares of these stay finite.
    if (in.values == Values::full) {
        constexpr int64_t most = std::min((Limits::max_exponent - 1) / 2 - 3, 500);
        return static_cast<T>(std::ldexp(in.uniform(-1, 1), static_cast<int>(in.between(-most, most))));
    }
    return static_cast<T>(in.real(lo, hi));
}

// A number of the class of values: ordinary ones in a range in which sums and products stay small.
template <class T> void fill_number(Input &in, T &value) {
    if constexpr (std::is_same_v<T, bool>) value = in.integer(0, 1) != 0;
    else if constexpr (std::is_floating_point_v<T>) value = real_of<T>(in, -100, 100);
    else if constexpr (sizeof(T) > 8) value = static_cast<T>(in.integer(-1000, 1000));
    else if (in.values == Values::full || (sizeof(T) > 1 && !std::is_same_v<T, wchar_t> && in.has_wide_numbers() && in.coin(0.75))) value = in.edge<T>();
    else if constexpr (std::is_same_v<T, char> || std::is_same_v<T, wchar_t>) value = static_cast<T>(in.values == Values::zeros ? ' ' : in.values == Values::large ? in.between(' ', '~') : in.integer(' ', '~'));
    else if constexpr (sizeof(T) == 1) value = static_cast<T>(in.integer(std::is_signed_v<T> ? -128 : 0, std::is_signed_v<T> ? 127 : 255));
    else if (in.values == Values::large || in.values == Values::wide) {
        // Large ones add up, `size` of them, to what the type holds; so do products of two of different magnitude.
        constexpr int width = std::max<int>(8 * sizeof(T), 32) - (std::is_signed_v<T> ? 1 : 0);
        const int64_t usual = std::min<int64_t>(1000, static_cast<int64_t>(std::min<uint64_t>(std::numeric_limits<T>::max(), 1000)));
        double room = std::ldexp(1.0, width) / static_cast<double>(in.size + 1);
        if (in.values == Values::wide) room = std::sqrt(room);
        if (in.most() > 0) room = std::min(room, in.most());
        room = std::min(room, static_cast<double>(std::numeric_limits<T>::max()) * (1 - 0x1p-50));
        const uint64_t most = std::max(static_cast<uint64_t>(usual), static_cast<uint64_t>(std::min(room * 0.999, 0x1p63)));
        const uint64_t digits = static_cast<uint64_t>(std::log2(static_cast<double>(most))) + 1;
        const uint64_t scale = in.values == Values::wide || in.coin() ? in.bits() % digits : 0;
        const uint64_t magnitude = (in.bits() % most) >> scale;
        value = static_cast<T>(magnitude);
        if (std::is_signed_v<T> && in.coin()) value = static_cast<T>(-value);
    } else value = static_cast<T>(in.integer(std::is_signed_v<T> ? std::max<int64_t>(-1000, std::numeric_limits<T>::min()) : 0, std::min<int64_t>(1000, static_cast<int64_t>(std::min<uint64_t>(std::numeric_limits<T>::max(), 1000)))));
}

// Text or bytes as long as they are: plain, of few letters, of the function's own words, or numbers; bytes that repeat
// earlier ones. In class `full` every byte, and text in UTF-8.
template <class S> void text(Input &in, S &all) {
    using E = std::decay_t<decltype(all[0])>;
    constexpr bool is_text = std::is_same_v<E, char>;
    const size_t n = all.size();
    size_t at = 0;
    const auto put = [&](std::string_view word) {
        if (in.has_whole_text() && word.size() > n - at) return;
        for (size_t i = 0; i < word.size() && at < n; ++i) all[at++] = static_cast<E>(word[i]);
    };
    if (const std::string_view letters = in.alphabet(); !letters.empty()) {
        for (auto &one : all) one = static_cast<E>(letters[in.bits() % letters.size()]);
        return;
    }
    if (in.has_plain_text()) {
        static constexpr std::string_view signs[] = {"\303\251", "\342\202\254", "\360\237\230\200"};
        static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        const bool ascii = in.coin();
        // Long text has nothing in it that may end it before its last eighth.
        const bool calm = n > 300 || in.coin();
        while (at < n) {
            const uint64_t kind = in.bits() % 16;
            if (kind == 0 && !ascii && in.coin()) {
                // Any letter of two bytes.
                const char both[] = {static_cast<char>(0xc2 + in.bits() % 30), static_cast<char>(0x80 + in.bits() % 64)};
                put(std::string_view(both, 2));
            } else if (kind == 0 && !ascii) put(signs[in.bits() % 3]);
            else if (kind == 1 && !calm && !in.grammar().empty()) put(in.grammar()[in.bits() % in.grammar().size()]);
            else if (kind == 2 && !calm) all[at++] = static_cast<E>('\n');
            else if (kind <= 4) all[at++] = static_cast<E>(' ');
            else all[at++] = static_cast<E>(calm ? letters[in.bits() % letters.size()] : '!' + static_cast<char>(in.bits() % 94));
        }
        if (n > 0 && in.coin() && !in.has_whole_text()) {
            at = n - 1 - in.bits() % (n / 8 + 1);
            if (in.sought() && in.coin(0.8)) all[at] = static_cast<E>(in.sought());
            else if (in.coin() && !in.grammar().empty()) put(in.grammar()[in.bits() % in.grammar().size()]);
            else all[at] = static_cast<E>(in.bits() | (in.coin(0.8) ? 0x80 : 0));
        }
        return;
    }
    const auto letter = [&](char first, uint64_t of) { all[at++] = static_cast<E>(first + static_cast<char>(in.bits() % of)); };
    if (in.values == Values::full) {
        static constexpr std::string_view signs[] = {"\303\251", "\342\202\254", "\360\237\230\200", "\n", "\t", "a", "Z", "0", " ", "\357\273\277"};
        const bool coded = is_text && in.coin();
        while (at < n) {
            if (coded) put(signs[in.bits() % 10]);
            else all[at++] = static_cast<E>(in.bits());
        }
        return;
    }
    const bool plain = in.values == Values::any || in.values >= Values::special;
    uint64_t style = plain ? in.bits() % 4 : 0;
    if (style == 2 && in.grammar().empty()) style = is_text ? 3 : 1;
    if constexpr (!is_text) {
        // Small ones oftener than large ones.
        if (style == 3) {
            while (at < n) all[at++] = static_cast<E>(in.bits() & in.bits() & 0xff);
            return;
        }
        if (style == 1) {
            while (at < n) {
                const size_t run = 1 + in.bits() % 24, back = at ? 1 + in.bits() % at : 0;
                for (size_t i = 0; i < run && at < n; ++i) {
                    all[at] = back && run > 4 ? all[at - back] : static_cast<E>(in.bits());
                    ++at;
                }
            }
            return;
        }
    }
    const uint64_t few = 1 + in.bits() % 4;
    while (at < n) {
        if (style == 0) {
            fill_number(in, all[at++]);
        } else if (style == 1) {
            letter('a', few);
        } else if (style == 2) {
            if (in.bits() % 5 < 2) put(in.grammar()[in.bits() % in.grammar().size()]);
            else for (uint64_t i = in.bits() % 4; i < 4 && at < n; ++i) in.coin() ? letter('0', 10) : letter('a', 26);
        } else {
            // Numbers and what stands between them.
            static constexpr std::string_view between[] = {" ", ",", "\n", "\t", ";", ".", "-", "+", "e", "x"};
            for (uint64_t i = in.bits() % 6; i < 6 && at < n; ++i) letter('0', 10);
            if (at < n) put(between[in.bits() % 10]);
        }
    }
}

// In classes `full` and `large`, now and then: small numbers all around one that the class has, at an end or anywhere. What
// passes over that one is found out.
template <class A> bool around_one(Input &in, A &all) {
    using E = std::decay_t<decltype(all[0])>;
    if (std::size(all) < 2 || (in.values != Values::full && in.values != Values::large) || !in.coin(0.25)) return false;
    for (auto &element : all) element = static_cast<E>(in.bits() % 4);
    const size_t last = std::size(all) - 1, places[] = {0, last, static_cast<size_t>(in.bits() % (last + 1))};
    fill_number(in, all[places[in.bits() % 3]]);
    return true;
}

// Makes a value: numbers follow the class of values, containers get n elements, and so do those in them.
template <class T> void fill(Input &in, T &value, size_t n) {
    if constexpr (std::is_enum_v<T>) {
        lessonl_draw(in, value);
    } else if constexpr (std::is_arithmetic_v<T>) {
        fill_number(in, value);
    } else if constexpr (is_complex<T>::value) {
        typename T::value_type real = 0, imaginary = 0;
        fill_number(in, real);
        fill_number(in, imaginary);
        value = T(real, imaginary);
    } else if constexpr (is_pair<T>::value) {
        fill(in, value.first, n);
        fill(in, value.second, n);
    } else if constexpr (is_tuple<T>::value) {
        std::apply([&](auto &...part) { (fill(in, part, n), ...); }, value);
    } else if constexpr (is_optional<T>::value) {
        value.reset();
        if (in.coin(0.75)) fill(in, value.emplace(), n);
    } else if constexpr (is_array<T>::value) {
        if constexpr (is_wide_number<std::decay_t<decltype(value[0])>>) {
            if (around_one(in, value)) return;
        }
        for (auto &element : value) fill(in, element, n);
    } else if constexpr (is_map<T>::value) {
        value.clear();
        for (size_t i = 0; i < n; ++i) {
            std::remove_const_t<typename T::key_type> key{};
            typename T::mapped_type mapped{};
            fill(in, key, 8);
            fill(in, mapped, 8);
            value.emplace(key, mapped);
        }
    } else if constexpr (is_set<T>::value) {
        value.clear();
        for (size_t i = 0; i < n; ++i) {
            typename T::key_type key{};
            fill(in, key, 8);
            value.insert(key);
        }
    } else if constexpr (is_sequence<T>::value) {
        using E = typename T::value_type;
        // What decodes text takes so many letters at a time.
        if (std::is_same_v<T, std::string> && !in.alphabet().empty() && in.coin(0.9)) n -= n % 4;
        value.resize(n);
        for (size_t i = 0; i < n; ++i) {
            if constexpr (std::is_same_v<E, bool>) value[i] = in.integer(0, 1) != 0;
        }
        if constexpr (std::is_integral_v<E> && sizeof(E) == 1 && !std::is_same_v<E, bool>) {
            text(in, value);
        } else if constexpr (!std::is_same_v<E, bool>) {
            if constexpr (is_vector<T>::value && is_wide_number<E>) {
                if (around_one(in, value)) return;
            }
            // Rows of a matrix are as long as it has rows; text and structs in a container stay short.
            constexpr bool row = is_sequence<E>::value && !std::is_same_v<E, std::string>;
            for (auto &element : value) fill(in, element, row ? n : static_cast<size_t>(in.between(0, 16)));
        }
        if constexpr (is_vector<T>::value && std::is_arithmetic_v<E> && !std::is_same_v<E, bool>) in.order(value);
    } else {
        FillMembers members{in, n};
        lessonl_members(members, value);
    }
}

// Memory for a pointer, with n elements: in class `unaligned` aligned to the elements only.
template <class T> void fill(Input &in, Memory<T> &value, size_t n) {
    const bool apart = in.values == Values::unaligned && alignof(T) < 16;
    value = Memory<T>(Shifted<T>(apart ? alignof(T) : 0));
    fill<Memory<T>>(in, value, n);
}

template <class T> template <class P> void Grown<T>::fill(Input &in, size_t n, P *&where) {
    static_assert(std::is_trivially_copyable_v<T>);
    drop();
    drawn_ = n;
    std::vector<T> drawn;
    lessonl::fill(in, drawn, n);
    void *block = std::malloc(n ? n * sizeof(T) : 1);
    if (!block) std::abort();
    if (n) std::memcpy(block, drawn.data(), n * sizeof(T));
    where_ = const_cast<void **>(reinterpret_cast<void *const *>(&where));
    *where_ = block;
}

// Makes positions below n of all numbers of a container or array, however they are nested.
template <class T> void positions(Input &in, T &value, size_t n) {
    if constexpr (std::is_arithmetic_v<T>) value = static_cast<T>(n ? in.between(0, static_cast<int64_t>(n) - 1) : 0);
    else if constexpr (is_array<T>::value || is_sequence<T>::value)
        for (auto &element : value) positions(in, element, n);
}

// Walks a value down to its numbers and hands each to `Leaf::leaf(T &)`; numbers that lie side by side go together to
// `Leaf::block(T *, n)`, sizes of containers to `Leaf::count(n)`.
template <class Leaf> class Walk {
  public:
    template <class T> void operator()(T &value) {
        if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
            self().leaf(value);
        } else if constexpr (is_complex<T>::value) {
            auto *parts = reinterpret_cast<typename T::value_type *>(&value);
            self().leaf(parts[0]);
            self().leaf(parts[1]);
        } else {
            walk(value);
        }
    }

  private:
    Leaf &self() { return static_cast<Leaf &>(*this); }
    void walk(std::vector<bool> &all) {
        self().count(all.size());
        for (size_t i = 0; i < all.size(); ++i) {
            bool value = all[i];
            self().leaf(value);
            all[i] = value;
        }
    }
    template <class T, class A> void walk(std::vector<T, A> &all) {
        self().count(all.size());
        if constexpr (std::is_arithmetic_v<T>) self().block(all.data(), all.size());
        else
            for (auto &value : all) (*this)(value);
    }
    template <class T, size_t N> void walk(std::array<T, N> &all) {
        self().count(N);
        if constexpr (std::is_arithmetic_v<T>) self().block(all.data(), N);
        else
            for (auto &value : all) (*this)(value);
    }
    void walk(std::string &text) {
        self().count(text.size());
        self().block(text.data(), text.size());
    }
    template <class A, class B> void walk(std::pair<A, B> &both) {
        (*this)(both.first);
        (*this)(both.second);
    }
    template <class... T> void walk(std::tuple<T...> &all) {
        std::apply([this](T &...value) { ((*this)(value), ...); }, all);
    }
    template <class T, size_t N> void walk(T (&all)[N]) {
        if constexpr (std::is_arithmetic_v<T>) self().block(all, N);
        else
            for (auto &value : all) (*this)(value);
    }
    template <class T> void walk(Seen<T> &all) {
        self().count(all.n);
        if constexpr (std::is_arithmetic_v<T>) self().block(all.data, all.n);
        else
            for (size_t i = 0; i < all.n; ++i) (*this)(all.data[i]);
    }
    template <class T> void walk(std::optional<T> &value) {
        self().count(value.has_value());
        if (value) (*this)(*value);
    }
    template <class T, class A> void walk(std::deque<T, A> &all) { sequence(all); }
    template <class T, class A> void walk(std::list<T, A> &all) { sequence(all); }
    template <class T, class C, class A> void walk(std::set<T, C, A> &all) { keyed(all); }
    template <class T, class C, class A> void walk(std::multiset<T, C, A> &all) { keyed(all); }
    template <class K, class V, class C, class A> void walk(std::map<K, V, C, A> &all) { keyed(all); }
    template <class K, class V, class C, class A> void walk(std::multimap<K, V, C, A> &all) { keyed(all); }
    template <class T, class H, class E, class A> void walk(std::unordered_set<T, H, E, A> &all) {
        std::multiset<T> sorted(all.begin(), all.end());
        keyed(sorted);
    }
    template <class K, class V, class H, class E, class A> void walk(std::unordered_map<K, V, H, E, A> &all) {
        std::map<K, V> sorted(all.begin(), all.end());
        keyed(sorted);
    }
    template <class S> void sequence(S &all) {
        self().count(all.size());
        for (auto &value : all) (*this)(value);
    }
    // Copies: keys must not be written to. What is poisoned here keeps its values.
    template <class S> void keyed(S &all) {
        self().count(all.size());
        for (auto &entry : all) {
            if constexpr (is_pair<std::decay_t<decltype(entry)>>::value) {
                auto key = entry.first;
                (*this)(key);
                (*this)(entry.second);
            } else {
                auto key = entry;
                (*this)(key);
            }
        }
    }
    template <class S> void walk(S &whole) { lessonl_members(*this, whole); }
};

// FNV-1a over the bits of the numbers, eight bytes at a time, in four lanes where numbers lie side by side.
class Digest : public Walk<Digest> {
  public:
    uint64_t state = 0xcbf29ce484222325ULL;
    template <class T> void leaf(T &value) {
        uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof(value) < 8 ? sizeof(value) : 8);
        add(bits);
    }
    template <class T> void block(T *first, size_t n) {
        if constexpr (sizeof(T) > 8) {
            for (size_t i = 0; i < n; ++i) leaf(first[i]);
        } else {
            const auto *bytes = reinterpret_cast<const unsigned char *>(first);
            const size_t length = n * sizeof(T);
            uint64_t lanes[4] = {state, state + 1, state + 2, state + 3};
            size_t at = 0;
            for (; at + 32 <= length; at += 32) {
                uint64_t bits[4];
                std::memcpy(bits, bytes + at, 32);
                for (int lane = 0; lane < 4; ++lane) lanes[lane] = mix(lanes[lane], bits[lane]);
            }
            for (uint64_t lane : lanes) add(lane);
            for (; at < length; at += 8) {
                uint64_t bits = 0;
                std::memcpy(&bits, bytes + at, length - at < 8 ? length - at : 8);
                add(bits);
            }
        }
    }
    void count(uint64_t n) { add(n); }

  private:
    static uint64_t mix(uint64_t state, uint64_t bits) {
        state = (state ^ bits) * 0x100000001b3ULL;
        return state ^ (state >> 29);
    }
    void add(uint64_t bits) { state = mix(state, bits); }
};

// Overwrites numbers with values that no sensible code gives, keeping sizes.
class Poison : public Walk<Poison> {
  public:
    explicit Poison(uint64_t seed) : state_(seed | 1) {}
    template <class T> void leaf(T &value) { value = drawn<T>(state_ += 0x9e3779b97f4a7c15ULL); }
    template <class T> void block(T *first, size_t n) {
        const uint64_t from = state_;
        for (size_t i = 0; i < n; ++i) first[i] = drawn<T>(from + (i + 1) * 0x9e3779b97f4a7c15ULL);
        state_ = from + n * 0x9e3779b97f4a7c15ULL;
    }
    void count(uint64_t) {}

  private:
    template <class T> static T drawn(uint64_t z) {
        z ^= z >> 29;
        z *= 0xbf58476d1ce4e5b9ULL;
        if constexpr (std::is_same_v<T, bool>) return (z >> 33) & 1;
        else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(-1.0e30 * (1.0 + static_cast<double>(static_cast<int32_t>(z >> 40)) * 0x1p-24));
        else return static_cast<T>(z >> 17);
    }
    uint64_t state_;
};

// Writes a field's numbers: records of {u32 kind, u32 0, u64 n, n values padded to 8 bytes}; a change of kind begins a
// new record; sizes of containers are records of kind `count`. Goes on counting past the end of the room without writing.
class Emit : public Walk<Emit> {
  public:
    uint64_t used = 0;
    Emit(unsigned char *out, uint64_t room) : out_(out), room_(room) {}
    template <class T> void leaf(T &value) {
        if constexpr (std::is_same_v<T, double>) put(Kind::f64, value);
        else if constexpr (std::is_same_v<T, float>) put(Kind::f32, value);
        else if constexpr (std::is_same_v<T, long double>) put(Kind::f64, static_cast<double>(value));
        else if constexpr (std::is_enum_v<T>) put(Kind::i64, static_cast<int64_t>(value));
        else if constexpr (sizeof(T) == 1) put(Kind::byte, static_cast<unsigned char>(value));
        else if constexpr (std::is_signed_v<T>) put(Kind::i64, static_cast<int64_t>(value));
        else put(Kind::u64, static_cast<uint64_t>(value));
    }
    template <class T> void block(T *first, size_t n) {
        if (n == 0) return;
        constexpr bool plain = std::is_same_v<T, double> || std::is_same_v<T, float> || (std::is_integral_v<T> && sizeof(T) == 8);
        leaf(first[0]);
        if constexpr (plain || sizeof(T) == 1) {
            const uint64_t bytes = (n - 1) * sizeof(T);
            if (used <= room_ && bytes <= room_ - used) std::memcpy(out_ + used, first + 1, bytes);
            used += bytes;
            n_ += n - 1;
        } else {
            for (size_t i = 1; i < n; ++i) leaf(first[i]);
        }
    }
    void count(uint64_t n) { put(Kind::count, n); }
    void end() {
        close();
        kind_ = 0;
    }

  private:
    template <class V> void put(Kind kind, V value) {
        if (static_cast<uint32_t>(kind) != kind_) {
            close();
            kind_ = static_cast<uint32_t>(kind);
            head_ = used;
            n_ = 0;
            used += 16;
        }
        if (used + sizeof(V) <= room_) std::memcpy(out_ + used, &value, sizeof(V));
        used += sizeof(V);
        ++n_;
    }
    void close() {
        if (kind_ == 0) return;
        if (head_ + 16 <= room_) {
            const uint32_t head[2] = {kind_, 0};
            std::memcpy(out_ + head_, head, 8);
            std::memcpy(out_ + head_ + 8, &n_, 8);
        }
        for (; used % 8 != 0; ++used)
            if (used < room_) out_[used] = 0;
    }
    unsigned char *out_;
    uint64_t room_, head_ = 0, n_ = 0;
    uint32_t kind_ = 0;
};

// What `recorded.cpp` defines: how many real calls it keeps, and the arguments of each as bytes in base 64.
size_t recorded_calls();
const char *recorded_call(size_t at);

// How many real calls a case of this size makes: few more at large sizes, so that slow ones can be tried at all of them.
inline size_t calls_of(uint64_t size) { return size < 17 ? (size ? size : 1) : 16 + (size - 16) / 8; }

// Reads the arguments of one real call: numbers as they lie in memory, before what repeats a number of eight bytes.
class Replay {
  public:
    explicit Replay(const char *text) {
        uint32_t bits = 0, have = 0;
        for (; *text; ++text) {
            const char c = *text;
            const uint32_t six = c >= 'a' ? c - 'a' + 26u : c >= 'A' ? c - 'A' + 0u : c >= '0' ? c - '0' + 52u : c == '+' ? 62u : 63u;
            bits = bits << 6 | six, have += 6;
            if (have >= 8) bytes_.push_back(static_cast<unsigned char>(bits >> (have -= 8)));
        }
    }
    uint64_t number() {
        uint64_t value;
        raw(&value, 8);
        return value;
    }
    void raw(void *to, size_t n) {
        if (n > bytes_.size() - at_) std::abort();  // recorded.cpp and driver.cpp are not of one making
        if (n) std::memcpy(to, bytes_.data() + at_, n);
        at_ += n;
    }
    // A count of what takes up some bytes here: never more than there are.
    size_t count() {
        const uint64_t n = number();
        if (n > bytes_.size()) std::abort();
        return static_cast<size_t>(n);
    }
    template <class T> void operator()(T &value) {
        if constexpr (std::is_same_v<T, bool>) {
            unsigned char truth;
            raw(&truth, 1);
            value = truth != 0;
        } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || is_complex<T>::value) {
            raw(&value, sizeof(T));
        } else if constexpr (is_pair<T>::value) {
            (*this)(value.first);
            (*this)(value.second);
        } else if constexpr (is_array<T>::value) {
            for (auto &element : value) (*this)(element);
        } else if constexpr (is_map<T>::value || is_set<T>::value || is_tuple<T>::value || is_optional<T>::value) {
            std::abort();  // nobody records such a value
        } else if constexpr (is_sequence<T>::value) {
            using E = typename T::value_type;
            value.resize(count());
            if constexpr (is_vector<T>::value && std::is_arithmetic_v<E> && !std::is_same_v<E, bool>) raw(value.data(), value.size() * sizeof(E));
            else if constexpr (std::is_same_v<T, std::string>) raw(value.data(), value.size());
            else
                for (auto &&element : value) (*this)(element);
        } else {
            lessonl_members(*this, value);
        }
    }

  private:
    std::vector<unsigned char> bytes_;
    size_t at_ = 0;
};

// Objects that point to one another, as a real call found them: blocks of memory, with what numbers lie where in them and
// which block a pointer leads to. After the call it walks what can still be reached from the first block.
class Graph {
  public:
    Graph() = default;
    Graph(const Graph &) = delete;
    Graph &operator=(const Graph &) = delete;
    ~Graph() {
        for (size_t at : reached()) std::free(blocks_[at].bytes);
    }
    explicit operator bool() const { return !blocks_.empty(); }
    template <class T> T *as() { return reinterpret_cast<T *>(blocks_[0].bytes); }
    void read(Replay &in) {
        blocks_.resize(in.count());
        for (auto &block : blocks_) {
            block.size = in.count();
            // Of `malloc`, because the function may hand it to `realloc` or `free`.
            block.bytes = static_cast<unsigned char *>(std::malloc(block.size ? block.size : 1));
            in.raw(block.bytes, block.size);
            block.leaves.resize(in.count());
            for (auto &leaf : block.leaves) leaf = {in.number(), in.number(), in.number()};
            block.links.resize(in.count());
            for (auto &link : block.links) link = {in.number(), in.number(), in.number()};
        }
        for (auto &block : blocks_)
            for (const auto &link : block.links) {
                unsigned char *const to = link[1] < blocks_.size() ? blocks_[link[1]].bytes + link[2] : nullptr;
                std::memcpy(block.bytes + link[0], &to, sizeof to);
            }
    }
    template <class C> void visit(C &c) {
        for (size_t at : reached()) {
            Block &block = blocks_[at];
            for (const auto &[from, kind, n] : block.leaves) {
                void *const first = block.bytes + from;
                switch (kind) {
                    case 1: each<uint8_t>(c, first, n); break;
                    case 2: each<uint16_t>(c, first, n); break;
                    case 4: each<uint32_t>(c, first, n); break;
                    case 8: each<uint64_t>(c, first, n); break;
                    case 14: each<float>(c, first, n); break;
                    case 18: each<double>(c, first, n); break;
                    default: break;
                }
            }
            for (const auto &link : block.links) {
                // Where it leads, not where that lies.
                const auto [to, by] = led(pointer(block, link[0]));
                uint64_t token = to + 2 + (by << 32);
                c(token);
            }
        }
    }

  private:
    struct Block {
        unsigned char *bytes = nullptr;
        size_t size = 0;
        std::vector<std::array<uint64_t, 3>> leaves, links;
    };
    static constexpr uint64_t NOWHERE = static_cast<uint64_t>(-2), NEW = static_cast<uint64_t>(-1);
    std::vector<Block> blocks_;

    template <class T, class C> static void each(C &c, void *first, uint64_t n) {
        for (uint64_t i = 0; i < n; ++i) c(static_cast<T *>(first)[i]);
    }
    static const unsigned char *pointer(const Block &block, uint64_t at) {
        const unsigned char *to;
        std::memcpy(&to, block.bytes + at, sizeof to);
        return to;
    }
    std::pair<uint64_t, uint64_t> led(const unsigned char *to) const {
        if (!to) return {NOWHERE, 0};
        // An end of one block may be the beginning of another, which then is meant.
        for (const bool end : {false, true})
            for (size_t at = 0; at < blocks_.size(); ++at) {
                const auto &block = blocks_[at];
                if (to >= block.bytes && to < block.bytes + block.size + end) return {at, static_cast<uint64_t>(to - block.bytes)};
            }
        return {NEW, 0};
    }
    std::vector<size_t> reached() const {
        std::vector<size_t> found;
        std::vector<bool> seen(blocks_.size());
        const auto add = [&](uint64_t at) {
            if (at < seen.size() && !seen[at]) seen[at] = true, found.push_back(at);
        };
        add(0);
        for (size_t next = 0; next < found.size(); ++next)
            for (const auto &link : blocks_[found[next]].links) add(led(pointer(blocks_[found[next]], link[0])).first);
        return found;
    }
};
template <class C> void lessonl_members(C &c, Graph &graph) { graph.visit(c); }

// The visitors handed to Case::fields.
struct PoisonOutputs {
    Poison walk;
    template <class T> void input(const char *, T &) {}
    template <class T> void inout(const char *, T &) {}
    template <class T> void output(const char *, T &value) { walk(value); }
};
// At the end of a turn: what the call left lies in pages that the other side can read.
struct ScrubOutputs {
    Poison walk;
    template <class T> void input(const char *, T &) {}
    template <class T> void inout(const char *, T &value) { walk(value); }
    template <class T> void output(const char *, T &value) { walk(value); }
};
struct DigestInputs {
    Digest walk;
    template <class T> void input(const char *, T &value) { walk(const_cast<std::remove_const_t<T> &>(value)); }
    template <class T> void inout(const char *, T &) {}
    template <class T> void output(const char *, T &) {}
};
// Per output field: {u32 'FIEL', u32 length of name, name padded to 8} and its records.
struct EmitOutputs {
    Emit walk;
    unsigned char *out;
    uint64_t room;
    template <class T> void input(const char *, T &) {}
    template <class T> void inout(const char *name, T &value) { field(name, value); }
    template <class T> void output(const char *name, T &value) { field(name, value); }

  private:
    template <class T> void field(const char *name, T &value) {
        const uint32_t length = static_cast<uint32_t>(std::strlen(name));
        const uint32_t head[2] = {0x4c454946u, length};
        const uint64_t padded = (length + 7u) / 8u * 8u;
        if (walk.used + 8 + padded <= room) {
            std::memset(out + walk.used, 0, 8 + padded);
            std::memcpy(out + walk.used, head, 8);
            std::memcpy(out + walk.used + 8, name, length);
        }
        walk.used += 8 + padded;
        walk(value);
        walk.end();
    }
};

// The inputs in the same form, before a call.
struct EmitInputs {
    EmitOutputs to;
    template <class T> void input(const char *name, T &value) { to.output(name, const_cast<std::remove_const_t<T> &>(value)); }
    template <class T> void inout(const char *name, T &value) { to.output(name, value); }
    template <class T> void output(const char *, T &) {}
};

// What of the processor's floating-point mode is not as a program finds it: rounding, denormals, precision and which
// exceptions are masked, but not which have occurred. 0: all is.
inline uint64_t changed_mode() {
#if defined(__x86_64__)
    uint32_t sse = 0;
    uint16_t x87 = 0;
    __asm__ volatile("stmxcsr %0" : "=m"(sse));
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return ((sse ^ 0x1f80u) & 0xffc0u) | static_cast<uint64_t>((x87 ^ 0x37fu) & 0xf3fu) << 32;
#elif defined(__aarch64__)
    uint64_t mode = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
#else
    return 0;
#endif
}

}  // namespace lessonl

// The C interface the runner loads. Version 4. `noexcept`: an exception that leaves the entry ends the process.
// `lessonl_warm` starts the threads of OpenMP's pool, which needs system calls that a candidate is denied later.
#ifdef _OPENMP
#define LESSONL_WARM                                                                                                   \
    int started = 0;                                                                                                   \
    _Pragma("omp parallel reduction(+ : started)") started += 1;                                                       \
    (void)started;
// The pool's threads keep their mode from call to call, so looking after the first calls is enough. Threads that a call
// starts besides the pool are not seen.
#define LESSONL_MODE                                                                                                   \
    static int looks = 2;                                                                                              \
    uint64_t mode = lessonl::changed_mode();                                                                           \
    if (looks > 0) {                                                                                                   \
        --looks;                                                                                                       \
        _Pragma("omp parallel reduction(| : mode)") mode |= lessonl::changed_mode();                                   \
    }
#else
#define LESSONL_WARM
#define LESSONL_MODE uint64_t mode = lessonl::changed_mode();
#endif
#define LESSONL_PROBLEM(CASE)                                                                                          \
    extern "C" {                                                                                                       \
    uint32_t lessonl_abi() noexcept { return 4; }                                                                      \
    void lessonl_warm() noexcept { LESSONL_WARM }                                                                      \
    void *lessonl_new(uint64_t seed, uint64_t size, uint32_t values, uint32_t exact_bits) noexcept {                   \
        auto *made = new CASE();                                                                                       \
        lessonl::Input in(seed, size, values, exact_bits);                                                             \
        made->make(in);                                                                                                \
        return made;                                                                                                   \
    }                                                                                                                  \
    void lessonl_poison(void *made, uint64_t seed) noexcept {                                                          \
        lessonl::PoisonOutputs visit{lessonl::Poison(seed)};                                                           \
        static_cast<CASE *>(made)->fields(visit);                                                                      \
    }                                                                                                                  \
    void lessonl_scrub(void *made, uint64_t seed) noexcept {                                                           \
        lessonl::ScrubOutputs visit{lessonl::Poison(seed)};                                                            \
        static_cast<CASE *>(made)->fields(visit);                                                                      \
    }                                                                                                                  \
    void lessonl_call(void *made) noexcept { static_cast<CASE *>(made)->call(); }                                      \
    uint64_t lessonl_digest(void *made) noexcept {                                                                     \
        lessonl::DigestInputs visit{};                                                                                 \
        static_cast<CASE *>(made)->fields(visit);                                                                      \
        return visit.walk.state;                                                                                       \
    }                                                                                                                  \
    uint64_t lessonl_emit(void *made, unsigned char *out, uint64_t room) noexcept {                                    \
        lessonl::EmitOutputs visit{lessonl::Emit(out, room), out, room};                                               \
        LESSONL_MODE                                                                                                   \
        if (mode != 0) visit.output("(floating_point_mode)", mode);                                                    \
        static_cast<CASE *>(made)->fields(visit);                                                                      \
        return visit.walk.used;                                                                                        \
    }                                                                                                                  \
    uint64_t lessonl_show(void *made, unsigned char *out, uint64_t room) noexcept {                                    \
        lessonl::EmitInputs visit{{lessonl::Emit(out, room), out, room}};                                              \
        static_cast<CASE *>(made)->fields(visit);                                                                      \
        return visit.to.walk.used;                                                                                     \
    }                                                                                                                  \
    void lessonl_delete(void *made) noexcept { delete static_cast<CASE *>(made); }                                     \
    }
