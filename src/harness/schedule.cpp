// Makes the threads of a parallel candidate meet where they hardly ever do: code that was built with -fsanitize=thread
// tells us before every access to memory that others may see, and now and then we let another thread go first, most of
// all between the reading and the writing of `x = x + y`. No thread sanitizer: nothing is recorded and nothing reported,
// so correct code cannot be accused; what depends on who comes first answers otherwise, or crashes.
#include <sched.h>

#include <cstdint>

namespace {

// So many accesses of a thread in one call are disturbed often; the rest seldom, or large inputs would take for ever.
constexpr std::uint32_t OFTEN = 4096;
std::atomic<std::uint32_t> turn{1};
std::atomic<std::uint64_t> threads{0};

struct Thread {
    std::uint64_t draw = 0;
    std::uint32_t turn = 0, left = 0;
};
thread_local Thread here;

__attribute__((noinline)) void stand_aside(std::uint64_t draw) {
    if (draw & 0x600) {
        sched_yield();
    } else {
        for (std::uint32_t wait = 0; wait < (draw & 0x1ff); ++wait) __asm__ volatile("" ::: "memory");
    }
}

// One in `often` of a thread's first accesses, one in 512 of the others.
inline void disturb(std::uint32_t often) {
    Thread &own = here;
    const std::uint32_t now = turn.load(std::memory_order_relaxed);
    if (own.turn != now) {
        if (own.draw == 0) own.draw = 0x9e3779b97f4a7c15ULL * (threads.fetch_add(1, std::memory_order_relaxed) + 1);
        own.draw += now;
        own.turn = now;
        own.left = OFTEN;
    }
    own.draw = own.draw * 6364136223846793005ULL + 1442695040888963407ULL;
    if (own.left != 0) --own.left;
    else often = 512;
    const std::uint64_t draw = own.draw >> 33;
    if (draw % often == 0) stand_aside(draw / often);
}

}  // namespace

extern "C" {
// Another call begins.
void lessonl_schedule_turn() noexcept { turn.fetch_add(1, std::memory_order_relaxed); }

void __tsan_init() {}
void __tsan_func_entry(void *) { disturb(32); }
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}
#define READ(name) void __tsan_##name(void *) { disturb(16); }
#define WRITE(name) void __tsan_##name(void *) { disturb(4); }
#define SIZES(of, name) of(name##1) of(name##2) of(name##4) of(name##8) of(name##16)
SIZES(READ, read) SIZES(WRITE, write) SIZES(WRITE, read_write)
SIZES(READ, unaligned_read) SIZES(WRITE, unaligned_write) SIZES(WRITE, unaligned_read_write)
SIZES(READ, volatile_read) SIZES(WRITE, volatile_write)
SIZES(READ, unaligned_volatile_read) SIZES(WRITE, unaligned_volatile_write)
READ(vptr_read)
void __tsan_vptr_update(void **, void *) { disturb(4); }
void __tsan_read_range(void *, unsigned long) { disturb(16); }
void __tsan_write_range(void *, unsigned long) { disturb(4); }
void *__tsan_memcpy(void *to, const void *from, unsigned long n) { return disturb(4), __builtin_memcpy(to, from, n); }
void *__tsan_memmove(void *to, const void *from, unsigned long n) { return disturb(4), __builtin_memmove(to, from, n); }
void *__tsan_memset(void *to, int byte, unsigned long n) { return disturb(4), __builtin_memset(to, byte, n); }

// Atomic operations stay what they are; the strongest order serves for every one that was asked for.
#define ATOMIC(bits, T)                                                                                                  \
    T __tsan_atomic##bits##_load(const volatile T *at, int) { return disturb(16), __atomic_load_n(at, __ATOMIC_SEQ_CST); } \
    void __tsan_atomic##bits##_store(volatile T *at, T v, int) { disturb(4), __atomic_store_n(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_exchange(volatile T *at, T v, int) { return disturb(4), __atomic_exchange_n(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_add(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_add(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_sub(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_sub(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_and(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_and(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_or(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_or(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_xor(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_xor(at, v, __ATOMIC_SEQ_CST); } \
    T __tsan_atomic##bits##_fetch_nand(volatile T *at, T v, int) { return disturb(4), __atomic_fetch_nand(at, v, __ATOMIC_SEQ_CST); } \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *at, T *was, T v, int, int) {                           \
        return disturb(4), __atomic_compare_exchange_n(at, was, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
    }                                                                                                                    \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T *at, T *was, T v, int, int) {                             \
        return disturb(4), __atomic_compare_exchange_n(at, was, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
    }                                                                                                                    \
    T __tsan_atomic##bits##_compare_exchange_val(volatile T *at, T was, T v, int, int) {                                 \
        disturb(4);                                                                                                      \
        __atomic_compare_exchange_n(at, &was, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                             \
        return was;                                                                                                      \
    }
ATOMIC(8, unsigned char) ATOMIC(16, unsigned short) ATOMIC(32, unsigned int) ATOMIC(64, unsigned long)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
}
