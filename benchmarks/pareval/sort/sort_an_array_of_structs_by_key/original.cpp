#include <algorithm>
#include <vector>

struct Result { int startTime, duration; float value; };

/* Sorts the results by their start time, earliest first. */
void sortByStartTime(std::vector<Result> &results) {
    std::sort(results.begin(), results.end(), [](Result const& a, Result const& b) {
        return a.startTime < b.startTime;
    });
}
