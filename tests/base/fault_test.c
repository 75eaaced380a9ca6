/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/fault.h"

#include <errno.h>
#include <sysexits.h>

int main(void)
{
	static const struct {
		enum fault_kind kind;
		const char *status;
		int exit_code;
	} rows[] = {
		{ FAULT_NONE, "2.0.0", EX_OK },
		{ FAULT_TEMPORARY, "4.3.1", EX_TEMPFAIL },
		{ FAULT_TEMPORARY, "5.1.1", EX_TEMPFAIL },  /* the kind decides, whatever the digits */
		{ FAULT_PERMANENT, "5.1.1", EX_NOUSER },
		{ FAULT_PERMANENT, "5.1.2", EX_NOHOST },
		{ FAULT_PERMANENT, "5.1.3", EX_DATAERR },
		{ FAULT_PERMANENT, "5.1.10", EX_NOHOST },
		{ FAULT_PERMANENT, "5.3.4", EX_DATAERR },
		{ FAULT_PERMANENT, "4.3.5", EX_CONFIG },
		{ FAULT_PERMANENT, "5.4.4", EX_UNAVAILABLE },
		{ FAULT_PERMANENT, "5.4.6", EX_DATAERR },
		{ FAULT_PERMANENT, "5.5.4", EX_USAGE },
		{ FAULT_PERMANENT, "5.6.0", EX_DATAERR },
		{ FAULT_POLICY, "5.7.1", EX_NOPERM },
		{ FAULT_PERMANENT, "nonsense", EX_SOFTWARE },
	};
	struct fault f = { 0 };

	tap_plan(41);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		is_int(fault_set(&f, rows[i].kind, rows[i].status, "text"), -1, "fault_set returns -1");
		is_int(fault_exit_code(&f), rows[i].exit_code, "%s ends with %d", rows[i].status, rows[i].exit_code);
	}
	fault_set(&f, FAULT_TEMPORARY, "4.3.5", "read-only");
	ok(fault_is_configuration(&f), "what only the owner can end, though it is temporary");
	fault_set(&f, FAULT_TEMPORARY, "4.3.1", "full");
	ok(!fault_is_configuration(&f), "and what is not");
	is_int(fault_set(NULL, FAULT_PERMANENT, "5.0.0", "nobody listens"), -1, "nobody needs to listen");
	fault_set(&f, FAULT_PERMANENT, "5.0.0", "%0900d", 1);
	is_int(strlen(f.text), FAULT_TEXT_MAX - 1, "a long text is cut");
	fault_prefix(&f, "%0900d", 2);
	is_int(strlen(f.text), FAULT_TEXT_MAX - 1, "a long prefix too");
	fault_set(&f, FAULT_PERMANENT, "5.0.0", "what");
	fault_prefix(&f, "%s", "where");
	is_text(f.text, "where: what", "a prefix says where");
	fault_set(&f, FAULT_PERMANENT, "4.3.0", "no such file");
	is_int(fault_of_file(&f, ENOENT, EX_NOINPUT), -1, "fault_of_file returns -1");
	is_int(fault_exit_code(&f), EX_NOINPUT, "a file that is not there");
	fault_of_file(&f, EACCES, EX_CANTCREAT);
	is_int(fault_exit_code(&f), EX_NOPERM, "one that another user might make");
	ok(!fault_is_configuration(&f), "the status stays what it was");
	fault_set(&f, FAULT_PERMANENT, "4.3.5", "another");
	is_int(fault_exit_code(&f), EX_CONFIG, "the next fault has its own");
	return tap_done();
}
