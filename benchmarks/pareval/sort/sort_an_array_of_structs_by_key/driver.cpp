// What is handed back must not depend on the order of elements of equal key: the keys in the order found, and a sum of hashes
// that any order of the same elements gives. Computed only when it is emitted.
struct Keys {
    std::vector<Result> *results;
};
struct Elements {
    std::vector<Result> *results;
};
template <class C> void lessonl_members(C &c, Keys &all) {
    uint64_t n = all.results->size();
    c(n);
    for (auto const &r : *all.results) {
        int start = r.startTime;
        c(start);
    }
}
template <class C> void lessonl_members(C &c, Elements &all) {
    uint64_t sum = 0;
    for (auto const &r : *all.results) {
        uint32_t value;
        std::memcpy(&value, &r.value, sizeof value);
        uint64_t hash = (static_cast<uint64_t>(static_cast<uint32_t>(r.startTime)) << 32 | static_cast<uint32_t>(r.duration)) * 0x9e3779b97f4a7c15ULL + value;
        hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9ULL;
        sum += hash ^ (hash >> 32);
    }
    c(sum);
}

struct Case {
    std::vector<Result> results;

    void make(lessonl::Input &in) {
        const bool any = in.values == lessonl::Values::any;
        // In small inputs also few different times.
        const int64_t most = any ? (in.size < 4096 && in.coin() ? 20 : INT32_MAX) : 1000000;
        const auto start = in.integers(in.size, any && most == INT32_MAX ? INT32_MIN : -most, most);
        results.resize(in.size);
        for (size_t i = 0; i < results.size(); ++i) {
            const uint64_t draw = in.bits();
            results[i] = Result{start[i], static_cast<int>(draw & 0xfffff), static_cast<float>(draw >> 40)};
        }
    }
    void call() { sortByStartTime(results); }
    template <class F> void fields(F &f) {
        Keys keys{&results};
        Elements elements{&results};
        f.inout("results: start times in order", keys);
        f.inout("results: elements in any order", elements);
    }
};
LESSONL_PROBLEM(Case)
