/*
 * store_outcome - what became of recipients, and the failures that are still
 * to be told to the sender.
 */
#ifndef RELAY_QUEUE_STORE_OUTCOME_H
#define RELAY_QUEUE_STORE_OUTCOME_H

#include "relay/queue/store_message.h"

void store_recipient_done(struct store *s, uint64_t id, enum recipient_state state, int64_t now_ms,
                          const struct fault *f, const char *relay);
void store_recipient_retry(struct store *s, uint64_t id, int64_t due_ms, unsigned failures,
                           const struct fault *f, const char *relay);

/*
 * That many fewer wait; report_ms, unless STORE_NEVER, is when to report
 * failures. When nothing waits and nothing is to be reported the message is
 * finished: its body goes and *finished is set. body_file (may be NULL) gets the name of a
 * file to be removed once this is committed.
 */
void store_progress(struct store *s, uint64_t message, unsigned done, int64_t report_ms, int64_t now_ms,
                    bool *finished, char **body_file);
void store_mark_redirected(struct store *s, uint64_t message);   /* and one more waits */

/* ---- reports ---- */

/* The message whose failures are to be told first but for `skip` others, and when; false: none. */
bool store_next_report(struct store *s, uint64_t skip, uint64_t *id, int64_t *report_ms);
size_t store_report_recipients(struct store *s, uint64_t message, struct store_recipient *out, size_t max);
void store_reported(struct store *s, uint64_t recipient);
void store_postpone_report(struct store *s, uint64_t message, int64_t report_ms);

/* The report is made: when no more failures wait to be told, report_ms goes. As store_progress. */
void store_report_done(struct store *s, uint64_t message, int64_t now_ms, bool *finished, char **body_file);

#endif
