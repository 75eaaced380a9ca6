/* Rows of the owner's socket: what is accepted encodes to the same bytes. */
#include "relay/control.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(struct span in, struct buf *again)
{
	if (!span_eq(in, buf_span(again)))
		abort();
	buf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct control_sticky sticky;
	struct control_act act;
	struct control_event event;
	struct buf again = { 0 };

	if (control_sticky_decode(in, &sticky) == 0) {
		control_sticky_encode(&sticky, &again);
		must_be(in, &again);
		control_sticky_free(&sticky);
	}
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
