/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "signet/trust/verdicts.h"

#include <sys/stat.h>
#include <unistd.h>

static struct settings settings;

static struct verdict_note note(const char *receiver, const char *spf)
{
	return (struct verdict_note){
		.receiver = (char *)(uintptr_t)receiver, .when_s = 1796037832, .message_id = (char *)(uintptr_t)"1.test@example.org",
		.recipient = (char *)(uintptr_t)"bob\t@example\norg", .address = (char *)(uintptr_t)"192.0.2.1",
		.place = (char *)(uintptr_t)"inbox", .spf = (char *)(uintptr_t)spf, .dkim = (char *)(uintptr_t)"",
		.dmarc = (char *)(uintptr_t)"none", .is_test = true,
	};
}

static void lines(void)
{
	static const char *const bad[] = { "", "signet-verdicts 1", "\t1\t\t\t\t\t\t\t\ttest", "gmail\tx\t\t\t\t\t\t\t\ttest",
		"gmail\t1\t\t\t\t\t\t\t\ttest\tmore", "gmail\t99999999999999999999\t\t\t\t\t\t\t\ttest" };
	struct verdict_note v = note("gmail", "pass"), read;
	struct buf out = { 0 };

	verdict_print(&v, &out);
	is_text(buf_text(&out), "gmail\t1796037832\t1.test@example.org\tbob @example org\t192.0.2.1\tinbox\tpass\t\tnone\ttest\n",
	        "a line, whose texts cannot break it");
	out.len--;
	ok(verdict_parse(buf_span(&out), &read) && strcmp(read.recipient, "bob @example org") == 0 && read.is_test &&
	   read.when_s == 1796037832 && strcmp(read.dmarc, "none") == 0, "and back");
	verdict_free(&read);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!verdict_parse(span_of(bad[i]), &read), "no verdict: \"%s\"", bad[i]);
	buf_free(&out);
}

static void files(void)
{
	struct verdict_note first = note("gmail", "pass"), other = note("yahoo", "fail"), second = note("gmail", "softfail");
	struct verdict_list l;
	struct fault f = { 0 };

	ok(verdict_list_read(&settings, &l, &f) == 0 && l.count == 0, "nothing is noted at first");
	ok(verdict_keep(&settings, &first, &f) == 0 && verdict_keep(&settings, &other, &f) == 0 && verdict_keep(&settings, &second, &f) == 0,
	   "three are noted: %s", f.text);
	ok(verdict_list_read(&settings, &l, &f) == 0 && l.count == 2, "of two receivers");
	ok(strcmp(l.items[0].receiver, "gmail") == 0 && strcmp(l.items[0].spf, "softfail") == 0, "the last counts");
	verdict_list_free(&l);
}

static void strangers(const char *spool)
{
	struct verdict_note v = note("gmail", "pass");
	struct fault f = { 0 };
	char path[300], away[300];

	snprintf(path, sizeof path, "%s/trust", spool);
	snprintf(away, sizeof away, "%s/away", spool);
	snprintf(path, sizeof path, "%s/trust/verdicts", spool);
	ok(unlink(path) == 0 && mkfifo(path, 0600) == 0 && verdict_keep(&settings, &v, &f) == 0, "a FIFO in place of the file holds nobody up");
	snprintf(path, sizeof path, "%s/trust", spool);
	rename(path, away);
	ok(symlink(away, path) == 0 && verdict_keep(&settings, &v, &f) < 0, "a link in place of the folder is not followed");
	ok(strstr(f.text, "/trust/verdicts") != NULL, "and is named: %s", f.text);
}

int main(void)
{
	char spool[] = "/tmp/signet-verdicts-XXXXXX";

	tap_plan(15);
	scratch_make(spool);
	settings_defaults(&settings);
	free(settings.spool);
	settings.spool = mem_text(spool);
	lines();
	files();
	strangers(spool);
	settings_free(&settings);
	return tap_done();
}
