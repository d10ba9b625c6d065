#define _GNU_SOURCE
#include "platform.h"
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

// What a thread does wrong by itself. A signal that somebody else sends is nobody's fault in here.
static const int fault_signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { fault_count = sizeof fault_signals / sizeof fault_signals[0], stack_size = 64 << 10 };

static struct sigaction actions_before[fault_count];
static __thread volatile uint64_t *fault_word;
static __thread void *fault_stack;
static pthread_once_t installed = PTHREAD_ONCE_INIT;

// Notes the signal, puts back what stood before and lets the fault happen again: only what is allowed in a handler.
static void note_fault(int number, siginfo_t *fault, void *context) {
    (void)context;
    int is_sent = fault->si_code <= 0;
    if (fault_word && (!is_sent || fault->si_pid == getpid())) *fault_word = (uint64_t)number;
    for (int index = 0; index < fault_count; index++)
        if (fault_signals[index] == number) sigaction(number, &actions_before[index], NULL);
    if (is_sent) raise(number);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = note_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < fault_count; index++)
        sigaction(fault_signals[index], &action, &actions_before[index]);
}

void platform_note_faults(uint64_t *word) {
    pthread_once(&installed, install);
    fault_word = word;
    if (word && !fault_stack) {
        void *base = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack_t stack = {.ss_sp = base, .ss_size = stack_size};
        if (base != MAP_FAILED && sigaltstack(&stack, NULL) == 0) fault_stack = base;
    } else if (!word && fault_stack) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
        munmap(fault_stack, stack_size);
        fault_stack = NULL;
    }
}

void platform_pass_over_faults(void) { fault_word = NULL; }

void *platform_map_file(int descriptor, size_t bytes) {
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    return base == MAP_FAILED ? NULL : base;
}
