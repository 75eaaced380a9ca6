/* Rows of the owner's socket: what is accepted encodes to the same bytes; where a reply's texts are cut, to others that do. */
#include "relay/control.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(struct span in, struct buf *again)
{
	if (!span_eq(in, buf_span(again)))
		abort();
	buf_free(again);
}

static bool recode_sticky(struct span in, struct buf *out)
{
	struct control_sticky sticky;

	if (control_sticky_decode(in, &sticky) < 0)
		return false;
	control_sticky_encode(&sticky, out);
	control_sticky_free(&sticky);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct control_act act;
	struct control_event event;
	struct buf once = { 0 }, again = { 0 };

	if (recode_sticky(in, &once)) {
		if (!recode_sticky(buf_span(&once), &again))
			abort();
		must_be(buf_span(&once), &again);
	}
	buf_free(&once);
	if (control_act_decode(in, &act) == 0) {
		control_act_encode(&act, &again);
		must_be(in, &again);
		free(act.queue_id);
	}
	if (control_event_decode(in, &event) == 0) {
		control_event_encode(&event, &again);
		must_be(in, &again);
		free(event.text);
	}
	return 0;
}
