#include "runtime/crash/fault.h"

#include <setjmp.h>
#include <stddef.h>

/* Where a fault of this thread goes; NULL: it is nobody's. */
static _Thread_local sigjmp_buf *volatile escape;

bool fault_survived(void (*work)(void *), void *argument)
{
    sigjmp_buf here;
    sigjmp_buf *volatile outer = escape;
    bool survived = false;
    if (sigsetjmp(here, 1) == 0) {
        escape = &here;
        work(argument);
        survived = true;
    }
    escape = outer;
    return survived;
}

void fault_escape(void)
{
    sigjmp_buf *to = escape;
    if (to != NULL) {
        siglongjmp(*to, 1);
    }
}
