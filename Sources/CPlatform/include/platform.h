// What Linux and the processor offer and Swift cannot reach by itself: memory advice, prefetching, checksums, parking
// and pinning of threads, the notes that a faulting thread leaves, children that end with their parent.
// It can go when Swift's own Synchronization and Glibc modules carry these calls.
#ifndef MILLRACE_PLATFORM_H
#define MILLRACE_PLATFORM_H
#include <stddef.h>
#include <stdint.h>

/// Maps zeroed memory that costs nothing until it is touched; huge pages are advised. NULL when there is none.
void *platform_map(size_t bytes);
void platform_unmap(void *base, size_t bytes);

/// Sleeps while `*word == expected`, at most `nanoseconds` (0: without limit). Wakes without reason are allowed.
void platform_park(const void *word, uint32_t expected, uint64_t nanoseconds);
void platform_unpark(const void *word, int threads);

/// A descriptor that can be read after `platform_ring` until `platform_hush`; -1 where the system has none left.
int platform_bell(void);
void platform_ring(int bell);
void platform_hush(int bell);
void platform_close(int bell);

/// Ties the calling thread to one core; 0 on success, else errno.
int platform_pin(int core);
/// Gives the core to others, or sleeps if `nanoseconds` is above 0.
void platform_yield(uint64_t nanoseconds);
void platform_name_thread(const char *name);
uint64_t platform_thread_id(void);
int64_t platform_monotonic(void);
int64_t platform_wall(void);
/// CRC-32C (Castagnoli) of bytes behind those that `seed` is the checksum of; 0 where there are none. By the
/// processor's own instruction where it has one, else by tables.
uint32_t platform_checksum(uint32_t seed, const void *bytes, size_t count);
/// The same by tables alone.
uint32_t platform_checksum_by_tables(uint32_t seed, const void *bytes, size_t count);

/// Maps the first bytes of a file so that what is stored there outlives the process, however it ends; NULL when it cannot.
void *platform_map_file(int descriptor, size_t bytes);
/// From now on a fault of the calling thread (a trap, a wrong address, an abort) first stores its signal's number in
/// `*word`, then takes its course; NULL for no more. A stack that has run out is no obstacle.
void platform_note_faults(uint64_t *word);
/// Stores nothing more, but keeps what it takes to do so again at once.
void platform_pass_over_faults(void);

/// A pipe that no child inherits by itself; 0 on success, else errno.
int platform_pipe(int ends[2]);
/// Starts a program in a group of its own, with nothing to read and two descriptors to write to. It is asked to end by
/// SIGTERM when the thread that calls this has ended, however that came. 0 on success, else errno.
int platform_spawn(const char *program, char *const words[], int output, int errors, int *child);
/// Whether a child has ended: 0 while it runs, 1 with its status, 2 with the signal that ended it. Once only.
int platform_end(int child, int *status);

/// Columns << 16 | rows of the terminal's window behind a descriptor; 0 when it does not say.
int64_t platform_window_size(int descriptor);

static inline void platform_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
static inline void platform_prefetch_write(const void *address) { __builtin_prefetch(address, 1, 3); }
static inline void platform_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("yield");
#endif
}
#endif
