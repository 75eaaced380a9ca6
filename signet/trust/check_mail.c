#include "signet/trust/check_mail.h"

#include "base/escape.h"
#include "sendmail-shim/submission.h"

enum { WHAT_MAX = 160 };

static void print_subject(const struct findings *changed, const struct findings *rest, struct buf *out)
{
	const struct finding *worse = findings_first(changed), *named = worse ? worse : findings_first(rest);

	if (named == NULL) {
		buf_add_text(out, "all is well again");
		return;
	}
	struct buf what = { 0 };
	escape(&what, span_of(named->what));
	buf_printf(out, "%s%s: %s%s%s: %.*s", worse ? "" : "better, but still ", finding_state_name(named->state), named->check->id,
	           named->domain[0] ? " " : "", named->domain, WHAT_MAX, buf_text(&what));
	buf_free(&what);
}

void check_mail_print(const struct settings *s, const struct findings *changed, const struct findings *rest, struct buf *out)
{
	const struct finding_style style = { .all = true, .changes = true };
	const struct finding *left = findings_first(rest);

	buf_printf(out, "From: Signet <MAILER-DAEMON@%s>\nTo: root@%s\nSubject: signet check on %s: ", s->domain, s->domain, s->hostname);
	print_subject(changed, rest, out);
	buf_add_text(out, "\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n");
	findings_print_addresses(changed, out);
	buf_printf(out, "This is what has changed on %s since the last mail about it:\n\n", s->hostname);
	findings_print_text(changed, &style, out);
	if (left)
		buf_printf(out, "\nWhat has not changed is not told here; of that the first to fix is %s%s%s (%s).\n", left->check->id,
		           left->domain[0] ? " of " : "", left->domain, finding_state_name(left->state));
	buf_add_text(out, "\nTo see all of it:\n\n    signet check --all\n");
}

int check_mail_send(const struct settings *s, struct span message, bool *dropped, struct fault *f)
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
