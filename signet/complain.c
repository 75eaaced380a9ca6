#include "signet/complain.h"

#include "base/log.h"

#include <stdio.h>

int complain(const struct fault *f)
{
	struct buf text = { 0 };

	log_escape(&text, span_of(f->text));
	fprintf(stderr, "signet: %s\n", buf_text(&text));
	buf_free(&text);
	return fault_exit_code(f);
}
