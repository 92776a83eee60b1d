#include "shared/base/distance.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t str_distance(struct str a, struct str b)
{
    size_t row[DISTANCE_MAX_BYTES + 1];
    if (a.len > DISTANCE_MAX_BYTES || b.len > DISTANCE_MAX_BYTES) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            bool same = str_eq_nocase(str_slice(a, i, i + 1), str_slice(b, j, j + 1));
            size_t replaced = diagonal + (same ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, least(row[j], row[j + 1]) + 1);
        }
    }
    return row[b.len];
}

bool str_distance_is_near(size_t distance, struct str name)
{
    return distance <= name.len / 3;
}
