/* SPDX-License-Identifier: ISC */
/*
 * transcript - the dialogue with the server, told to the queue while it
 * happens, where the session was asked to: FRAME_TRANSCRIPT for each line of
 * either side. There is one session in this process, and so one transcript;
 * where none was asked for, all of this does nothing.
 *
 * Never told: what is said in an AUTH exchange but for the mechanism and the
 * replies' codes, and the message itself but for its size. Bounded: lines are
 * cut at TRANSCRIPT_LINE_MAX, and after TRANSCRIPT_LINES_MAX of them nothing
 * more is told.
 */
#ifndef RELAY_SMTP_TRANSCRIPT_H
#define RELAY_SMTP_TRANSCRIPT_H

#include "relay/channel.h"
#include "relay/smtp/reply_reader.h"

enum { TRANSCRIPT_LINE_MAX = 1000, TRANSCRIPT_LINES_MAX = 2000 };

void transcript_begin(struct channel *queue);
void transcript_said(struct span line);          /* a command of ours, with or without its CRLF */
void transcript_heard(const struct server_reply *r);
void transcript_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
