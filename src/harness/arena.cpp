// Where a runner's C++ code gets its memory: loaded before the driver and the side under test, so that `new` and
// `delete` mean these in all of them. While a driver makes its inputs, memory comes from pages that the original's
// runner and the candidate's share at one address; at all other times from the ordinary heap. Never touches malloc.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::uintptr_t base = 0, limit = 0;
std::atomic<std::uintptr_t> next_free{0};
std::atomic<long> live{0};
std::uint64_t number = 0;
bool building = false, given_up = false;

// Small blocks follow each other as malloc's do. Large ones begin 16 bytes past a cache line, as malloc's do, and at
// one of 64 lines of a page: a draw that is the same on both sides and another for every launch.
void *from_arena(std::size_t size, std::size_t align) {
    std::uintptr_t at = next_free.load(std::memory_order_relaxed) + 16;
    if (size >= 4096 && align <= 16) {
        std::uint64_t mixed = (base ^ ++number) * 0x9e3779b97f4a7c15ULL;
        at = ((at + 63) & ~std::uintptr_t{63}) + 16 + 64 * (mixed >> 58);
    } else {
        if (align < 16) align = 16;
        at = (at + align - 1) & ~(std::uintptr_t{align} - 1);
    }
    if (at > limit || size > limit - at) return nullptr;
    next_free.store(at + size, std::memory_order_relaxed);
    live.fetch_add(1, std::memory_order_relaxed);
    return reinterpret_cast<void *>(at);
}

void *take(std::size_t size, std::size_t align) noexcept {
    if (__builtin_expect(building, false)) {
        if (void *at = from_arena(size, align)) return at;
    }
    if (size == 0) size = 1;
    return align <= alignof(std::max_align_t) ? std::malloc(size) : std::aligned_alloc(align, (size + align - 1) / align * align);
}

void *take_or_throw(std::size_t size, std::size_t align) {
    void *at = take(size, align);
    if (at == nullptr) throw std::bad_alloc();
    return at;
}

void give(void *at) noexcept {
    if (reinterpret_cast<std::uintptr_t>(at) - base < limit - base) live.fetch_sub(1, std::memory_order_relaxed);
    else std::free(at);
}

}  // namespace

extern "C" {
// Names the shared pages.
void lessonl_arena_open(void *at, std::uint64_t size) noexcept {
    base = reinterpret_cast<std::uintptr_t>(at);
    limit = base + size;
    next_free = base;
}
// From now on memory comes from the shared pages.
void lessonl_arena_begin() noexcept { building = base != 0 && !given_up; }
// From now on it does not.
void lessonl_arena_end() noexcept { building = false; }
// Everything in the shared pages is gone. If something there is still in use, they are not used any more.
void lessonl_arena_reset() noexcept {
    given_up = given_up || live.load() != 0;
    // What a driver does not name as an output may tell something too; where there is much of it, wiping costs more than
    // all else.
    const std::uintptr_t used = next_free.load() - base;
    if (base != 0 && used <= (std::uintptr_t{4} << 20)) __builtin_memset(reinterpret_cast<void *>(base), 0x5a, used);
    next_free = base;
    number = 0;
}
}

void *operator new(std::size_t n) { return take_or_throw(n, 0); }
void *operator new[](std::size_t n) { return take_or_throw(n, 0); }
void *operator new(std::size_t n, std::align_val_t a) { return take_or_throw(n, static_cast<std::size_t>(a)); }
void *operator new[](std::size_t n, std::align_val_t a) { return take_or_throw(n, static_cast<std::size_t>(a)); }
void *operator new(std::size_t n, const std::nothrow_t &) noexcept { return take(n, 0); }
void *operator new[](std::size_t n, const std::nothrow_t &) noexcept { return take(n, 0); }
void *operator new(std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept { return take(n, static_cast<std::size_t>(a)); }
void *operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept { return take(n, static_cast<std::size_t>(a)); }
void operator delete(void *at) noexcept { give(at); }
void operator delete[](void *at) noexcept { give(at); }
void operator delete(void *at, std::size_t) noexcept { give(at); }
void operator delete[](void *at, std::size_t) noexcept { give(at); }
void operator delete(void *at, std::align_val_t) noexcept { give(at); }
void operator delete[](void *at, std::align_val_t) noexcept { give(at); }
void operator delete(void *at, std::size_t, std::align_val_t) noexcept { give(at); }
void operator delete[](void *at, std::size_t, std::align_val_t) noexcept { give(at); }
void operator delete(void *at, const std::nothrow_t &) noexcept { give(at); }
void operator delete[](void *at, const std::nothrow_t &) noexcept { give(at); }
void operator delete(void *at, std::align_val_t, const std::nothrow_t &) noexcept { give(at); }
void operator delete[](void *at, std::align_val_t, const std::nothrow_t &) noexcept { give(at); }
