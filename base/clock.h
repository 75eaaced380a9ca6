/* SPDX-License-Identifier: ISC */
/*
 * clock - the two clocks, read in one place.
 *
 * Wall time is what is stored and shown; boot time, which no one can set and
 * which runs on during suspend, is what deadlines are made of. A deadline is
 * a boot time in milliseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);   /* since 1970, UTC */
int64_t clock_boot_ms(void);

/* Milliseconds from now to deadline for poll(2): never negative, at most an hour. */
int clock_wait_ms(int64_t deadline_ms);

/* ms times scale (settings.time_scale), but at least least_ms, which a busy machine needs however short tests make the rest. */
int64_t clock_scaled_ms(double scale, int64_t ms, int64_t least_ms);

#endif
