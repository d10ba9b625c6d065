#define _GNU_SOURCE
#include "platform.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Between fork and exec only calls that are allowed in a signal's handler: another thread may have held any lock.
static void become(const char *program, char *const words[], int output, int errors, int report, pid_t parent) {
    setpgid(0, 0);
    // What the parent ignores its child would ignore too; a pipe that nobody reads any more must not end it half way.
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    int failed = prctl(PR_SET_PDEATHSIG, SIGTERM);
    // One that has gone before it was asked for sends no signal.
    if (!failed && getppid() != parent) _exit(0);
    int input = open("/dev/null", O_RDONLY);
    failed = failed || input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0;
    if (input > 2) close(input);
    if (!failed) {
        // The parent's threads may block signals that are the child's to take.
        sigset_t none;
        sigemptyset(&none);
        pthread_sigmask(SIG_SETMASK, &none, NULL);
        execve(program, words, environ);
    }
    int reason = errno;
    ssize_t written = write(report, &reason, sizeof reason);
    _exit(written == sizeof reason ? 127 : 126);
}

int platform_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

int platform_spawn(const char *program, char *const words[], int output, int errors, int *child) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    sigset_t all, before;
    sigfillset(&all);
    // No handler of the parent's may run in the child.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t forked = fork();
    if (forked == 0) become(program, words, output, errors, report[1], parent);
    int reason = forked < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    ssize_t count = 0;
    // The other end closes when the program begins; what comes before is why it cannot.
    if (forked > 0)
        do count = read(report[0], &reason, sizeof reason);
        while (count < 0 && errno == EINTR);
    close(report[0]);
    if (forked > 0 && count > 0)
        while (waitpid(forked, NULL, 0) < 0 && errno == EINTR) {}
    if (reason == 0) *child = forked;
    return reason;
}

int platform_end(int child, int *status) {
    int raw = 0;
    pid_t ended = waitpid(child, &raw, WNOHANG);
    if (ended == 0) return 0;
    // Nobody else waits for it; should it have been taken away all the same, it has ended somehow.
    if (ended < 0) {
        if (errno == EINTR) return 0;
        *status = SIGKILL;
        return 2;
    }
    *status = WIFSIGNALED(raw) ? WTERMSIG(raw) : WEXITSTATUS(raw);
    return WIFSIGNALED(raw) ? 2 : 1;
}
