#include "runtime/crash/watch.h"

#include <stdatomic.h>

static struct slot *_Atomic slots[WATCH_MAX_SLOTS];
static atomic_size_t used; /* the places that ever held one */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void watch_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void watch_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

void watch_add(struct slot *slot)
{
    for (size_t i = 0; i < WATCH_MAX_SLOTS; i++) {
        struct slot *nobody = NULL;
        if (atomic_compare_exchange_strong(&slots[i], &nobody, slot)) {
            size_t before = atomic_load(&used);
            while (before <= i && !atomic_compare_exchange_weak(&used, &before, i + 1)) {
            }
            return;
        }
    }
}

void watch_remove(struct slot *slot)
{
    watch_lock();
    for (size_t i = 0; i < WATCH_MAX_SLOTS; i++) {
        struct slot *there = slot;
        if (atomic_compare_exchange_strong(&slots[i], &there, NULL)) {
            break;
        }
    }
    watch_unlock();
}

struct slot *watch_next(size_t *at)
{
    while (*at < atomic_load(&used)) {
        struct slot *slot = atomic_load(&slots[(*at)++]);
        if (slot != NULL) {
            return slot;
        }
    }
    return NULL;
}
