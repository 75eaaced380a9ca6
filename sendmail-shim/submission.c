/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/submission.h"

#include "sendmail-shim/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

char *submission_text(const char *text)
{
	char *copy = mem_text(text);

	for (char *at = copy; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	return copy;
}

int submission_begin(struct record *r, const char *program, struct fault *f)
{
	free(r->program);
	r->program = submission_text(program);
	if (getrandom(r->id, sizeof r->id, 0) != (ssize_t)sizeof r->id)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no random bytes from the kernel: %s", strerror(errno));
	return 0;
}

int submission_hand_over(struct record *r, const struct stdin_message *message, const struct settings *s, struct buf *queue_id,
                         struct fault *f)
{
	struct buf head = { 0 };
	int result;

	r->message_bytes = message->bytes;
	record_encode_head(r, &head);
	if (head.len > RECORD_ENVELOPE_MAX) {
		result = fault_set(f, FAULT_PERMANENT, "5.5.3", "the recipients take %zu bytes, more than the %d that one "
		                   "message may have; nothing was sent", head.len, RECORD_ENVELOPE_MAX);
	} else {
		struct handover h = { buf_span(&head), message, s, HANDOVER_PROGRESS_MS, HANDOVER_CONNECT_MS, HANDOVER_BUSY_MS };
		result = handover(&h, queue_id, f);
	}
	buf_free(&head);
	return result;
}
