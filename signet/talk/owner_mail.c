/* SPDX-License-Identifier: ISC */
#include "signet/talk/owner_mail.h"

#include "sendmail-shim/submission.h"

void owner_mail_begin(const struct settings *s, struct buf *out)
{
	buf_printf(out, "From: Signet <MAILER-DAEMON@%s>\nTo: root@%s\nSubject: ", s->domain, s->domain);
}

void owner_mail_end_header(struct buf *out)
{
	buf_add_text(out, "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n");
}

int owner_mail_send(const struct settings *s, struct span message, bool *dropped, struct fault *f)
{
	struct record r = { .sender = mem_text(""), .sender_given = true, .full_name = mem_text(""), .envid = mem_text("") };
	struct stdin_message text = STDIN_MESSAGE_EMPTY;
	struct buf id = { 0 };

	record_add_recipient(&r, SPAN("root"), 0, SPAN(""));
	int result = submission_begin(&r, RECORD_PROGRAM_OURS, f);
	if (result == 0)
		result = stdin_message_add(&text, message, f);
	if (result == 0)
		result = stdin_message_end(&text, f);
	if (result == 0)
		result = submission_hand_over(&r, &text, s, &id, f);
	*dropped = result == 0 && id.len == 0;
	stdin_message_free(&text);
	record_free(&r);
	buf_free(&id);
	return result;
}
