/* SPDX-License-Identifier: ISC */
/*
 * say - a line on standard output with foreign bytes escaped.
 */
#ifndef SIGNET_TALK_SAY_H
#define SIGNET_TALK_SAY_H

#include "base/span.h"

#include <stdint.h>

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each line of text, indented. */
void say_lines(struct span text);

/* "2026-12-08 10:00 UTC" for wall clock seconds, in out. */
enum { SAY_TIME_BYTES = 32 };
const char *say_time(int64_t when_s, char out[SAY_TIME_BYTES]);

#endif
