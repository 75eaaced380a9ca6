/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/view/control.h"

#include "base/clock.h"
#include "base/io.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/signet-control-XXXXXX";
static char path[64];

static int listen_at(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 5) < 0)
		abort();
	return fd;
}

/* Answers one query with the given bytes, split in two writes, when the query is the one expected. */
static pid_t serve(int listener, struct span answer, const char *argument)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int fd = accept(listener, NULL, NULL);
	struct buf in = { 0 };
	struct submit_query q;
	struct fault f;
	int64_t deadline = clock_boot_ms() + 30000;
	while (submit_decode_query(buf_span(&in), &q, &f) == 0) {
		buf_reserve(&in, 100);
		ssize_t n = io_read(fd, in.at + in.len, 1, deadline);
		if (n <= 0)
			_exit(1);
		in.len += (size_t)n;
	}
	if (!span_eq(q.argument, span_of(argument)))
		_exit(2);
	size_t half = answer.len / 2;
	io_write_all(fd, answer.at, half, deadline);
	usleep(20000);
	io_write_all(fd, answer.at + half, answer.len - half, deadline);
	_exit(0);
}

static void reply(struct buf *out, enum submit_reply_kind kind, const char *text)
{
	struct submit_reply r = { .kind = kind, .text = span_of(text) };

	if (kind == SUBMIT_REFUSED)
		fault_set(&r.fault, FAULT_POLICY, "5.7.1", "%s", text);
	submit_encode_reply(&r, out);
}

static int collect(void *context, struct span text)
{
	buf_add_span(context, text);
	buf_add_byte(context, '|');
	return span_eq(text, SPAN("stop"));
}

static void ask(int listener, struct buf *answer, int want, const char *want_rows, const char *want_end,
                const char *want_status, const char *name)
{
	struct submit_query q = { SUBMIT_FLUSH, SPAN("ID7") };
	struct buf rows = { 0 }, end = { 0 };
	struct fault f = { 0 };
	int status;
	pid_t pid = serve(listener, buf_span(answer), "ID7");

	is_int(control_ask(path, q, collect, &rows, &end, &f), want, "%s", name);
	is_text(buf_text(&rows), want_rows, "its rows");
	is_text(buf_text(&end), want_end, "its end");
	is_text(f.status, want_status, "its status");
	waitpid(pid, &status, 0);
	buf_free(&rows);
	buf_free(&end);
	buf_free(answer);
}

static void nobody(void)
{
	struct submit_query q = { SUBMIT_LIST, SPAN("") };
	struct fault f = { 0 };

	unlink(path);
	is_int(control_ask(path, q, NULL, NULL, NULL, &f), -1, "no socket");
	is_text(f.status, "4.3.2", "is no signetd");
	is_int(control_ask(path, q, NULL, NULL, NULL, NULL), -1, "also without a fault");
}

static void rows(void)
{
	struct control_sticky s = { .site = (char[]){ "mx a.example b.example" }, .since_ms = 1, .until_ms = -1, .times = 3, .trial = true,
		.domain = (char[]){ "example.net" }, .address = (char[]){ "192.0.2.1" }, .alone = true,
		.reply = { .kind = FAULT_PERMANENT, .code = 550, .status = "5.7.1", .text = "no" } }, back;
	struct buf packed = { 0 };

	control_sticky_encode(&s, &packed);
	ok(control_sticky_decode(buf_span(&packed), &back) == 0, "a site that is passed by");
	is_text(back.site, s.site, "its hosts");
	ok(memcmp(&back.reply, &s.reply, sizeof s.reply) == 0, "its reply");
	ok(back.since_ms == 1 && back.until_ms == -1 && back.times == 3 && back.trial, "its times");
	control_sticky_free(&back);
	for (size_t len = 0; len < packed.len; len++)
		ok(control_sticky_decode((struct span){ packed.at, len }, &back) < 0, "%zu bytes of it are malformed", len);
	buf_add_byte(&packed, '\0');
	ok(control_sticky_decode(buf_span(&packed), &back) < 0, "and so is one more");
	buf_free(&packed);
}

static void act_and_event_rows(void)
{
	struct control_act a = { (char[]){ "ABC" }, 3, 1 }, act;
	struct control_event e = { 1500, CONTROL_THEIRS, (char[]){ "250 ok" } }, event;
	struct buf packed = { 0 };
	size_t taken = 0;

	control_act_encode(&a, &packed);
	ok(control_act_decode(buf_span(&packed), &act) == 0 && act.done == 3 && act.in_delivery == 1, "what was done");
	is_text(act.queue_id, "ABC", "to which");
	free(act.queue_id);
	for (size_t len = 0; len < packed.len; len++)
		taken += control_act_decode((struct span){ packed.at, len }, &act) == 0;
	buf_clear(&packed);
	control_event_encode(&e, &packed);
	ok(control_event_decode(buf_span(&packed), &event) == 0 && event.after_ms == 1500 && event.side == CONTROL_THEIRS,
	   "what was said");
	is_text(event.text, "250 ok", "in which words");
	free(event.text);
	for (size_t len = 0; len < packed.len; len++)
		taken += control_event_decode((struct span){ packed.at, len }, &event) == 0;
	is_int((long long)taken, 0, "nothing shorter is taken");
	packed.at[4] = CONTROL_THEIRS + 1;
	ok(control_event_decode(buf_span(&packed), &event) < 0, "nor a side that there is not");
	buf_free(&packed);
}

static void policy_rows(void)
{
	struct control_policy p = { (char[]){ "7" }, (char[]){ "mode: none\n" }, -1, (char[]){ "8" } }, back;
	struct buf packed = { 0 };

	control_policy_encode(&p, &packed);
	ok(control_policy_decode(buf_span(&packed), &back) == 0, "a policy that is remembered");
	is_text(back.id, p.id, "its id");
	is_text(back.policy, p.policy, "what it says");
	is_text(back.barred_id, p.barred_id, "what could not be fetched");
	is_int(back.expires_ms, -1, "its end");
	control_policy_free(&back);
	for (size_t len = 0; len < packed.len; len++)
		ok(control_policy_decode((struct span){ packed.at, len }, &back) < 0, "%zu bytes of it are malformed", len);
	buf_free(&packed);
}

static void destination_rows(void)
{
	struct control_destination d = { .domain = (char[]){ "a.example" }, .via = (char[]){ "mx" }, .waits = true, .sessions = 2,
		.failures = 3, .tried_ms = 4, .next_try_ms = -5, .status = (char[]){ "4.4.1" }, .reply = (char[]){ "no" } }, back;
	struct buf packed = { 0 };

	control_destination_encode(&d, &packed);
	ok(control_destination_decode(buf_span(&packed), &back) == 0, "a destination");
	ok(strcmp(back.domain, d.domain) == 0 && strcmp(back.via, d.via) == 0, "which, and over which hop");
	ok(back.waits && !back.held && back.sessions == 2 && back.failures == 3, "its state");
	ok(back.tried_ms == 4 && back.next_try_ms == -5, "its times");
	ok(strcmp(back.status, d.status) == 0 && strcmp(back.reply, d.reply) == 0, "and why");
	control_destination_free(&back);
	size_t taken = 0;
	for (size_t len = 0; len < packed.len; len++)
		taken += control_destination_decode((struct span){ packed.at, len }, &back) == 0;
	is_int((long long)taken, 0, "nothing shorter is taken");
	buf_free(&packed);
}

int main(void)
{
	struct buf answer = { 0 };

	tap_plan(191);
	signal(SIGPIPE, SIG_IGN);
	scratch_make(folder);
	snprintf(path, sizeof path, "%s/control", folder);
	int listener = listen_at();
	reply(&answer, SUBMIT_ROW, "one");
	reply(&answer, SUBMIT_ROW, "two");
	reply(&answer, SUBMIT_END, "done");
	ask(listener, &answer, 0, "one|two|", "done", "", "rows and an end");
	reply(&answer, SUBMIT_END, "");
	ask(listener, &answer, 0, "", "", "", "an end alone");
	reply(&answer, SUBMIT_ROW, "stop");
	reply(&answer, SUBMIT_ROW, "never");
	ask(listener, &answer, 0, "stop|", "", "", "a row stops it");
	reply(&answer, SUBMIT_REFUSED, "not yours");
	ask(listener, &answer, -1, "", "", "5.7.1", "a refusal");
	reply(&answer, SUBMIT_ROW, "one");
	ask(listener, &answer, -1, "one|", "", "4.3.2", "an answer without its end");
	buf_add(&answer, "\xff\xff\xff\xff", 4);
	ask(listener, &answer, -1, "", "", "4.5.0", "nonsense");
	close(listener);
	nobody();
	rows();
	act_and_event_rows();
	policy_rows();
	destination_rows();
	return tap_done();
}
