/*
 * settings_units - what the values of settings count in, for the rows' bounds
 * and for the units in a text.
 */
#ifndef BASE_SETTINGS_UNITS_H
#define BASE_SETTINGS_UNITS_H

#include <stdint.h>

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define MEBIBYTE  (UINT64_C(1) << 20)
#define GIBIBYTE  (UINT64_C(1) << 30)

#define RATE_WINDOW_MAX_MS (31 * DAY_MS)

enum { MILLION = 1000000 };    /* a SETTING_SCALE counts millionths */

#endif
