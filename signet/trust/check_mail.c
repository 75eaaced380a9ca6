/* SPDX-License-Identifier: ISC */
#include "signet/trust/check_mail.h"

#include "base/escape.h"
#include "signet/talk/owner_mail.h"

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

	owner_mail_begin(s, out);
	buf_printf(out, "signet check on %s: ", s->hostname);
	print_subject(changed, rest, out);
	owner_mail_end_header(out);
	findings_print_addresses(changed, out);
	buf_printf(out, "This is what has changed on %s since the last mail about it:\n\n", s->hostname);
	findings_print_text(changed, &style, out);
	if (left)
		buf_printf(out, "\nWhat has not changed is not told here; of that the first to fix is %s%s%s (%s).\n", left->check->id,
		           left->domain[0] ? " of " : "", left->domain, finding_state_name(left->state));
	buf_add_text(out, "\nTo see all of it:\n\n    signet check --all\n");
}
