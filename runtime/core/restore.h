/*
 * How often this process came out of a snapshot. Who keeps what holds for one machine keeps this
 * number with it, and compares: the loop need not know, nor link, whom it would have to tell.
 */
#pragma once

/* 0: never. From any thread. */
unsigned restore_count(void);
/* This is a restored copy: another machine, no connection. */
void restore_note(void);
