#define _GNU_SOURCE
#include "platform.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void *platform_map(size_t bytes) {
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return NULL;
    if (bytes >= (2u << 20)) madvise(base, bytes, MADV_HUGEPAGE);
    return base;
}

void platform_unmap(void *base, size_t bytes) { munmap(base, bytes); }

void platform_park(const void *word, uint32_t expected, uint64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000u, .tv_nsec = nanoseconds % 1000000000u};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nanoseconds ? &limit : NULL, NULL, 0);
}

void platform_unpark(const void *word, int threads) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

int platform_bell(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void platform_ring(int bell) {
    // A count that is full can be read as well.
    uint64_t one = 1;
    (void)!write(bell, &one, sizeof one);
}

void platform_hush(int bell) {
    uint64_t count;
    (void)!read(bell, &count, sizeof count);
}

void platform_close(int bell) { close(bell); }

int platform_pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

void platform_yield(uint64_t nanoseconds) {
    if (nanoseconds == 0) {
        sched_yield();
        return;
    }
    struct timespec pause = {.tv_sec = nanoseconds / 1000000000u, .tv_nsec = nanoseconds % 1000000000u};
    nanosleep(&pause, NULL);
}

void platform_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

uint64_t platform_thread_id(void) { return (uint64_t)pthread_self(); }

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t platform_monotonic(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t platform_wall(void) { return read_clock(CLOCK_REALTIME); }

int64_t platform_window_size(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return 0;
    return (int64_t)size.ws_col << 16 | size.ws_row;
}
