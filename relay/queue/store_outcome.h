/* SPDX-License-Identifier: ISC */
/*
 * store_outcome - what became of recipients, and the failures that are still
 * to be told to the sender.
 */
#ifndef RELAY_QUEUE_STORE_OUTCOME_H
#define RELAY_QUEUE_STORE_OUTCOME_H

#include "relay/queue/store_message.h"

/* False: nothing waits under that id any more; what was said of it first stands, and nothing is to be counted off. */
bool store_recipient_done(struct store *s, uint64_t id, enum recipient_state state, int64_t now_ms,
                          const struct reply *reply, const char *earlier);
void store_recipient_retry(struct store *s, uint64_t id, int64_t due_ms, unsigned failures, int64_t now_ms,
                           const struct reply *reply);

/* 0: the next report tells that it is late; STORE_NEVER: none does. */
void store_set_notice(struct store *s, uint64_t recipient, int64_t notice_ms);

/*
 * That many fewer wait; report_ms, unless STORE_NEVER, is when to make a
 * report. When nothing waits and nothing is to be reported the message is
 * finished: its body goes and *finished is set. body_file (may be NULL) gets the name of a
 * file to be removed once this is committed.
 */
void store_progress(struct store *s, uint64_t message, unsigned done, int64_t report_ms, int64_t now_ms,
                    bool *finished, char **body_file);
void store_mark_redirected(struct store *s, uint64_t message);   /* and one more waits */

/* ---- reports ---- */

/* The message whose sender is to be told something first but for `skip` others, and when; false: none. */
bool store_next_report(struct store *s, uint64_t skip, uint64_t *id, int64_t *report_ms);

/* What is to be told of kind, at most max. All that are late are told of together; held ones never. */
size_t store_report_recipients(struct store *s, uint64_t message, enum report_kind kind, int64_t now_ms,
                               struct store_recipient *out, size_t max);
void store_reported(struct store *s, uint64_t recipient, enum report_kind kind);
void store_postpone_report(struct store *s, uint64_t message, int64_t report_ms);

/* What failed and is to be told waits at that destination instead, with why before what was said of it. */
void store_hold_failed(struct store *s, uint64_t message, uint64_t destination, int64_t now_ms, const struct fault *why);

/* The report is made: when nothing more is to be told, report_ms goes. As store_progress. */
void store_report_done(struct store *s, uint64_t message, int64_t now_ms, bool *finished, char **body_file);

#endif
