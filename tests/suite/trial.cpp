// Around every bundled problem of a batch: first this file, then a namespace each for the original, the best known code and
// mutants of the original, each with the driver, then the table `subjects`, then `main` calling `lessonl_trial`.
#include <cmath>
#include <cstdio>
#include <set>
#include <unistd.h>
#include <sys/wait.h>

struct Trial {
    uint64_t seed, size;
    uint32_t values, exact_bits;
};
using Run = std::string (*)(Trial const &, uint64_t poison, bool *changed);
struct Subject {
    const char *id;
    Run original, best_known;
    std::vector<Run> mutants;
    std::vector<uint64_t> sizes;
    std::vector<uint32_t> classes;
    uint32_t exact_bits;
    double tolerance;
};

template <class Case> std::string answer(Trial const &t, uint64_t poison, bool *changed) {
    auto *made = new Case();
    lessonl::Input in(t.seed, t.size, t.values, t.exact_bits);
    made->make(in);
    lessonl::PoisonOutputs poisoner{lessonl::Poison(poison)};
    made->fields(poisoner);
    lessonl::DigestInputs before{}, after{};
    made->fields(before);
    made->call();
    made->fields(after);
    if (changed && before.walk.state != after.walk.state) *changed = true;
    lessonl::EmitOutputs measure{lessonl::Emit(nullptr, 0), nullptr, 0};
    made->fields(measure);
    std::string bytes(measure.walk.used, '\0');
    auto *out = reinterpret_cast<unsigned char *>(&bytes[0]);
    lessonl::EmitOutputs emit{lessonl::Emit(out, bytes.size()), out, bytes.size()};
    made->fields(emit);
    delete made;
    return bytes;
}
#undef LESSONL_PROBLEM
#define LESSONL_PROBLEM(CASE) static const Run run = &answer<CASE>;

template <class T> T at(std::string const &bytes, size_t place) {
    T value;
    std::memcpy(&value, bytes.data() + place, sizeof value);
    return value;
}

// Whether what two calls left differs by more than the tolerance, per field, of the larger value or the field's largest.
inline bool differ(std::string const &a, std::string const &b, double tolerance) {
    if (a.size() != b.size()) return true;
    std::vector<std::pair<double, double>> field;
    const auto field_differs = [&] {
        double scale = 0;
        for (auto const &both : field) scale = std::max(scale, std::fabs(both.first));
        for (auto const &both : field) {
            const double larger = std::max({std::fabs(both.first), std::fabs(both.second), scale});
            if (!(both.first == both.second) && !(std::fabs(both.first - both.second) <= tolerance * larger)) return true;
        }
        field.clear();
        return false;
    };
    for (size_t p = 0; p < a.size();) {
        const uint32_t kind = at<uint32_t>(a, p);
        if (kind == 0x4c454946u) {
            if (field_differs()) return true;
            p += 8 + (at<uint32_t>(a, p + 4) + 7) / 8 * 8;
            continue;
        }
        const uint64_t n = at<uint64_t>(a, p + 8);
        if (kind != at<uint32_t>(b, p) || n != at<uint64_t>(b, p + 8)) return true;
        p += 16;
        const uint64_t wide = kind == 2 ? 4 : kind == 5 ? 1 : 8;
        if (kind > 2) {
            if (a.compare(p, n * wide, b, p, n * wide) != 0) return true;
        } else {
            for (uint64_t i = 0; i < n; ++i)
                field.push_back(kind == 1 ? std::make_pair(at<double>(a, p + 8 * i), at<double>(b, p + 8 * i))
                                          : std::make_pair<double, double>(at<float>(a, p + 4 * i), at<float>(b, p + 4 * i)));
        }
        p += (n * wide + 7) / 8 * 8;
    }
    return field_differs();
}

// Whether another implementation leaves the same as the original up to a size; 0 if not, or where.
inline const char *disagrees(Subject const &s, Run other, uint64_t most, uint64_t seeds) {
    static char where[128];
    for (uint64_t size : s.sizes) {
        if (size > most) continue;
        for (uint32_t values : s.classes)
            for (uint64_t seed = 1; seed <= seeds && (size <= 101 || values == 0); ++seed) {
                const Trial t{seed * 7919, size, values, s.exact_bits};
                bool changed = false;
                const std::string right = s.original(t, 1, nullptr), got = other(t, 3, &changed);
                std::snprintf(where, sizeof where, "size %d class %d seed %d", int(size), int(values), int(seed));
                if (changed || differ(right, got, values == 1 ? 0.0 : s.tolerance)) return where;
            }
    }
    return nullptr;
}

// What a field holds over many answers.
struct Seen {
    double least = HUGE_VAL, most = -HUGE_VAL;
    std::set<std::string> others;
    // Nearly one number over and over, or nearly nothing.
    bool degenerate() const { return most >= least ? !(most - least > 1e-3) : others.size() < 2; }
};

inline void look(std::string const &a, std::vector<Seen> &fields) {
    size_t field = 0;
    for (size_t p = 0; p < a.size();) {
        const uint32_t kind = at<uint32_t>(a, p);
        if (kind == 0x4c454946u) {
            p += 8 + (at<uint32_t>(a, p + 4) + 7) / 8 * 8;
            if (++field > fields.size()) fields.emplace_back();
            continue;
        }
        const uint64_t n = at<uint64_t>(a, p + 8);
        p += 16;
        const uint64_t wide = kind == 2 ? 4 : kind == 5 ? 1 : 8;
        Seen &seen = fields[field - 1];
        for (uint64_t i = 0; i < n; ++i) {
            const size_t place = p + wide * i;
            if (kind > 2) {
                seen.others.insert(a.substr(place, wide));
                continue;
            }
            const double value = kind == 1 ? at<double>(a, place) : at<float>(a, place);
            seen.least = std::min(seen.least, value);
            seen.most = std::max(seen.most, value);
        }
        p += (n * wide + 7) / 8 * 8;
    }
}

inline bool mutant_is_caught(Subject const &s, Run mutant) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        std::freopen("/dev/null", "w", stderr);
        alarm(5);
        _exit(disagrees(s, mutant, 33, 2) || disagrees(s, mutant, 1100, 2) ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

inline void lessonl_trial(std::vector<Subject> const &subjects) {
    for (Subject const &s : subjects) {
        for (uint64_t size : s.sizes) {
            if (size > 101) continue;
            for (uint32_t values : s.classes)
                for (uint64_t seed = 1; seed <= (size > 33 ? 1 : 2); ++seed) {
                    const Trial t{seed, size, values, s.exact_bits};
                    bool changed = false;
                    if (s.original(t, 1, &changed) != s.original(t, 99, nullptr))
                        std::printf("%s: size %d class %d: depends on what outputs held, or differs by itself\n", s.id, int(size), int(values));
                    if (changed) std::printf("%s: size %d class %d: input changed\n", s.id, int(size), int(values));
                }
        }
        std::set<std::string> answers;
        std::vector<Seen> fields;
        for (uint64_t seed = 1; seed <= 16; ++seed) {
            answers.insert(s.original(Trial{seed, 101, 0, s.exact_bits}, 1, nullptr));
            look(s.original(Trial{seed, 101, 0, s.exact_bits}, 1, nullptr), fields);
        }
        for (size_t field = 0; field < fields.size(); ++field)
            if (fields[field].degenerate()) std::printf("%s: output %d is degenerate\n", s.id, int(field));
        if (answers.size() < 2) std::printf("%s: the answer does not follow the seed\n", s.id);
        if (s.best_known)
            if (const char *where = disagrees(s, s.best_known, 1100, 1)) std::printf("%s: the best known code is wrong at %s\n", s.id, where);
    }
    std::printf("done\n");
}
