#include "runtime/crash/crash.h"

#include "runtime/crash/backtrace.h"
#include "runtime/crash/crash_post.h"
#include "runtime/crash/fault.h"
#include "runtime/crash/watch.h"

#include "shared/log/log.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    STACK_BYTES = 128 * 1024, /* of the handler: it writes a log line of up to 16 KiB */
    MESSAGE_BYTES = 512,
    NEAR_BYTES = 64 * 1024,   /* a fault this close to the stack's end is the stack's */
    OTHERS_PATIENCE_MS = 2000 /* of a thread that crashes while another one reports */
};

static const struct kind {
    int number;
    struct str name, type;
} kinds[] = {
    {SIGSEGV, STR_INIT("SIGSEGV"), STR_INIT("Runtime.Segfault")},
    {SIGBUS, STR_INIT("SIGBUS"), STR_INIT("Runtime.BusError")},
    {SIGFPE, STR_INIT("SIGFPE"), STR_INIT("Runtime.ArithmeticError")},
    {SIGILL, STR_INIT("SIGILL"), STR_INIT("Runtime.IllegalInstruction")},
    {SIGABRT, STR_INIT("SIGABRT"), STR_INIT("Runtime.Abort")},
    {SIGSYS, STR_INIT("SIGSYS"), STR_INIT("Runtime.ForbiddenCall")},
};

static struct {
    const struct program *program;
    pid_t pid;                       /* a child that was forked off must not answer for us */
    struct slot *_Atomic phase_slot; /* of a phase without events; NULL: there is none */
    const char *_Atomic phase_path;
    atomic_int reporter; /* the thread that reports; 0: nobody crashed yet */
} process;

/* One crash. Static, since there is only one, and the stack it happens on may be small. */
static struct crash {
    const struct kind *kind;
    const siginfo_t *info;
    void *context;
    struct slot *slot; /* whose thread it is; NULL: a foreign one */
    bool is_overflow;
    struct backtrace trace;
    struct backtrace_text text;
    char message_block[MESSAGE_BYTES];
    struct error_report report;
} crash;

/* ---- what happened --------------------------------------------------------------------------- */

static const struct kind *kind_of(int number)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].number == number) {
            return &kinds[i];
        }
    }
    return &kinds[0];
}

static bool is_at_address(void)
{
    int number = crash.info->si_signo;
    return (number == SIGSEGV || number == SIGBUS) && crash.info->si_code > 0 &&
           crash.info->si_code != SI_KERNEL;
}

static bool is_overflow(void)
{
    uintptr_t sp = backtrace_stack_pointer(crash.context);
    uintptr_t at = (uintptr_t)crash.info->si_addr;
    return is_at_address() && at - (sp - NEAR_BYTES) < 2 * (uintptr_t)NEAR_BYTES;
}

/* "signal SIGSEGV at address 0x8 in frobnicate+0x1f" */
static void message_write(void *argument)
{
    (void)argument;
    struct buf out = buf_on(crash.message_block, sizeof crash.message_block);
    buf_add(&out, crash.is_overflow ? STR("stack overflow, signal ") : STR("signal "));
    buf_add(&out, crash.kind->name);
    if (is_at_address()) {
        buf_add(&out, STR(" at address "));
        buf_add_hex(&out, (uintptr_t)crash.info->si_addr);
    } else if (crash.info->si_code <= 0 && crash.info->si_pid != process.pid) {
        buf_add(&out, STR(" from process "));
        buf_add_i64(&out, crash.info->si_pid);
    }
    if (crash.text.own < crash.text.count) {
        buf_add(&out, STR(" in "));
        buf_add(&out, crash.text.frames[crash.text.own]);
    }
    crash.report.message = buf_str(&out);
}

static void trace_describe(void *argument)
{
    (void)argument;
    backtrace_describe(&crash.trace, &crash.text);
}

static void report_make(void)
{
    crash.slot = slot_current();
    crash.is_overflow = is_overflow();
    crash.report = (struct error_report){
        .type = crash.is_overflow ? STR("Runtime.StackOverflow") : crash.kind->type,
        .message = crash.kind->name,
    };
    backtrace_of_signal(&crash.trace, crash.context);
    if (!fault_survived(trace_describe, NULL)) {
        crash.text.count = 0;
    }
    crash.report.stack = crash.text.frames;
    crash.report.stack_count = crash.text.count;
    (void)fault_survived(message_write, NULL);
}

/* ---- who is told ----------------------------------------------------------------------------- */

static void log_crash(void *argument)
{
    static char block[BACKTRACE_TEXT_BYTES + 3 * BACKTRACE_MAX_FRAMES];
    struct buf stack = buf_on(block, sizeof block);
    const size_t *reported = argument;
    backtrace_join(&stack, &crash.text);
    LOG(crash.slot == NULL ? NULL : &crash.slot->cx, LOG_FATAL, "runtime_crashed",
        LOG_STR("type", crash.report.type), LOG_STR("error", crash.report.message),
        LOG_STR("stack", buf_str(&stack)), LOG_I64("reported", (int64_t)*reported));
}

static void posts_send(void *argument)
{
    size_t *reported = argument;
    *reported = crash_post_all(&crash.report, atomic_load(&process.phase_slot),
                               atomic_load(&process.phase_path));
}

static void tell(int number, const siginfo_t *info, void *context)
{
    size_t reported = 0;
    crash = (struct crash){.kind = kind_of(number), .info = info, .context = context};
    report_make();
    (void)fault_survived(posts_send, &reported);
    if (!fault_survived(log_crash, &reported)) {
        crash.slot = NULL; /* its context is what could not be read */
        (void)fault_survived(log_crash, &reported);
    }
}

/* ---- the handler ----------------------------------------------------------------------------- */

/* The signal does what it does to a program without handlers: its status, its core dump. */
static NORETURN void die(int number)
{
    sigset_t only;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    (void)sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    (void)raise(number);
    _exit(128 + number); /* process 1 of a container is spared by signals of its own */
}

/* One thread reports, once. Another one that crashes meanwhile waits for the end that is near. */
static bool is_mine(void)
{
    int nobody = 0, me = gettid();
    if (getpid() != process.pid) {
        return false;
    }
    if (atomic_compare_exchange_strong(&process.reporter, &nobody, me)) {
        return true;
    }
    if (nobody != me) {
        struct timespec left = {.tv_sec = OTHERS_PATIENCE_MS / 1000};
        (void)nanosleep(&left, NULL);
    }
    return false;
}

/* Of another process, which may send as many as it likes: none is a fault of the report's. */
static bool is_from_outside(const siginfo_t *info)
{
    return info->si_code <= 0 && info->si_pid != process.pid;
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    if (is_from_outside(info) && atomic_load(&process.reporter) == gettid()) {
        return; /* the report goes on, and ends the process */
    }
    fault_escape();
    if (is_mine()) {
        tell(number, info, context);
    }
    die(number);
}

void crash_watch(void)
{
    process.pid = getpid();
    backtrace_prepare();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct sigaction before;
        struct sigaction ours = {.sa_sigaction = on_crash,
                                 .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        if (sigaction(kinds[i].number, &ours, &before) == 0 && before.sa_handler != SIG_DFL) {
            (void)sigaction(kinds[i].number, &before, NULL);
        }
    }
}

void crash_in_phase(struct slot *slot, const char *path)
{
    atomic_store(&process.phase_path, path);
    atomic_store(&process.phase_slot, slot);
}

void crash_enter(struct slot *slot)
{
    void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack != MAP_FAILED) {
        stack_t ours = {.ss_sp = stack, .ss_size = STACK_BYTES};
        (void)sigaltstack(&ours, &slot->stack_before);
        slot->crash_stack = stack;
    }
    watch_add(slot);
}

void crash_leave(struct slot *slot)
{
    watch_remove(slot);
    if (slot->crash_stack != NULL) {
        (void)sigaltstack(&slot->stack_before, NULL);
        (void)munmap(slot->crash_stack, STACK_BYTES);
        slot->crash_stack = NULL;
    }
}
