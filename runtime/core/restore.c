#include "runtime/core/restore.h"

#include <stdatomic.h>

static atomic_uint restores;

unsigned restore_count(void)
{
    return atomic_load(&restores);
}

void restore_note(void)
{
    atomic_fetch_add(&restores, 1);
}
