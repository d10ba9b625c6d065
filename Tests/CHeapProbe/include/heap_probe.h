// What the program holds from its allocator: Swift's Glibc module does not carry malloc.h.
#ifndef MILLRACE_HEAP_PROBE_H
#define MILLRACE_HEAP_PROBE_H
#include <stddef.h>

/// Bytes in use, those of large blocks that the system mapped included.
size_t heap_held(void);
#endif
