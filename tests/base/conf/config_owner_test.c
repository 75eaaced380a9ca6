/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/config_owner.h"

static const struct {
	const char *what;
	struct config_owner owner;
	struct config_reader reader;
	bool is_default, others_write, may_run, is_quoted;
} rows[] = {
	{ "root's, read by root", { true, 0, 0, 0644 }, { 0, 0, true }, false, false, true, true },
	{ "root's, read by signetd", { true, 0, 0, 0600 }, { 0, 0, false }, false, false, true, true },
	{ "root's, read by a user", { true, 0, 0, 0644 }, { 1000, 1000, true }, true, false, true, true },
	{ "root's, named by a user", { true, 0, 0, 0644 }, { 1000, 1000, true }, false, false, true, false },
	{ "root's, looked at by a user with signet", { true, 0, 0, 0644 }, { 1000, 1000, false }, false, false, true, true },
	{ "root's and not for all, looked at by a user with signet", { true, 0, 0, 0640 }, { 1000, 1000, false }, false, false, true, false },
	{ "the user's own", { true, 1000, 1000, 0664 }, { 1000, 1000, true }, false, true, true, true },
	{ "the user's own, for all to write", { true, 1000, 1000, 0666 }, { 1000, 1000, true }, false, true, false, true },
	{ "another user's", { true, 1001, 1001, 0644 }, { 1000, 1000, true }, false, false, false, false },
	{ "a user's, named by root", { true, 1000, 1000, 0644 }, { 0, 0, true }, false, false, false, false },
	{ "a user's, given to signetd", { true, 1000, 1000, 0644 }, { 0, 0, false }, false, false, false, true },
	{ "a user's, as the default", { true, 1000, 1000, 0600 }, { 0, 0, false }, true, false, false, true },
	{ "root's, for all to write", { true, 0, 0, 0646 }, { 0, 0, false }, true, true, false, true },
	{ "root's, for a group to write", { true, 0, 4, 0664 }, { 0, 0, false }, true, true, false, true },
	{ "root's, for root's group to write", { true, 0, 0, 0664 }, { 0, 0, false }, true, false, true, true },
	{ "root's, for all to write, read by a user", { true, 0, 0, 0666 }, { 1000, 1000, true }, true, true, false, true },
	{ "the caller's of a set-uid program", { true, 1000, 1000, 0644 }, { 1000, 0, true }, false, false, false, false },
	{ "root's, read by a set-uid program", { true, 0, 0, 0644 }, { 1000, 0, true }, true, false, true, false },
	{ "what cannot be looked at", { false, 0, 0, 0 }, { 0, 0, false }, true, false, false, false },
};

int main(void)
{
	tap_plan(3 * sizeof rows / sizeof rows[0]);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		is_int(config_owner_others_write(&rows[i].owner), rows[i].others_write, "%s: others can write it", rows[i].what);
		is_int(config_owner_may_run(&rows[i].owner, &rows[i].reader), rows[i].may_run, "%s: its commands run", rows[i].what);
		is_int(config_owner_is_quoted(&rows[i].owner, &rows[i].reader, rows[i].is_default), rows[i].is_quoted, "%s: it is quoted",
		       rows[i].what);
	}
	return tap_done();
}
