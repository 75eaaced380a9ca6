/* SPDX-License-Identifier: ISC */
/* Rows of a trace: what is accepted is shown in printable ASCII. */
#include "base/view/trace.h"
#include "tests/fuzz/printable.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct trace_entry entry;
	struct buf shown = { 0 }, json = { 0 };

	if (trace_decode(in, &entry) < 0)
		return 0;
	trace_print_message(&shown, &entry);
	trace_print_recipients(&shown, &entry);
	trace_print_header(&shown, &entry);
	must_be_printable(&shown);
	struct json j = { .out = &json };
	trace_json_message(&j, &entry);
	trace_json_recipients(&j, &entry);
	trace_json_end(&j);
	must_be_printable(&json);
	if (memchr(json.at, '\n', json.len) != json.at + json.len - 1)
		abort();
	buf_free(&shown);
	buf_free(&json);
	trace_entry_free(&entry);
	return 0;
}
