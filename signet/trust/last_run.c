#include "signet/trust/last_run.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_MAX = 1024 * 1024 };

static char *path_of(const struct settings *s, enum last_run which, const char *suffix)
{
	static const char *const names[] = { [LAST_RUN_SEEN] = "check", [LAST_RUN_TOLD] = "check.told" };
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s%s", s->spool, names[which], suffix);
	return buf_take(&path);
}

void last_run_read(const struct settings *s, enum last_run which, struct buf *out)
{
	char *path = path_of(s, which, "");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && io_read_file(fd, out, BYTES_MAX) < 0)
		buf_clear(out);
	io_close(&fd);
	free(path);
}

/* The spool is the queue's: what lies there under our name may be replaced, never followed. */
int last_run_write(const struct settings *s, enum last_run which, struct span text, struct fault *f)
{
	char *path = path_of(s, which, ""), *part = path_of(s, which, ".new");
	int result = 0;

	unlink(part);
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 || rename(part, path) < 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s: %s: the next check cannot tell what has changed", path, strerror(errno));
	io_close(&fd);
	free(path);
	free(part);
	return result;
}

/* ---- lines ---- */

/* "finding ID DOMAIN FAMILY ", what a line begins with. */
static void print_key(const struct finding *f, struct buf *out)
{
	buf_printf(out, "finding %s %s %u ", f->check->id, f->domain[0] ? f->domain : "-", f->family);
}

/* What follows key in the line that begins with it; at NULL: there is none. */
static struct span find_line(struct span text, struct span key)
{
	while (text.at) {
		struct span line = span_cut(&text, '\n');
		if (line.len >= key.len && key.len > 0 && memcmp(line.at, key.at, key.len) == 0)
			return (struct span){ line.at + key.len, line.len - key.len };
	}
	return (struct span){ 0 };
}

struct span last_run_address(struct span text, unsigned family)
{
	return find_line(text, family == 4 ? SPAN("egress 4 ") : SPAN("egress 6 "));
}

void last_run_egress(struct span text, struct facts *facts)
{
	for (unsigned i = 0; i < 2; i++) {
		struct ip_address before;
		struct span value = last_run_address(text, i ? 6 : 4);
		if (value.at && ip_address_parse(value, &before))
			facts->egress[i].before = before;
	}
}

static void print_egress(const struct facts *facts, struct buf *out)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		const struct ip_address *a = e->heard ? &e->address : &e->before;
		if (a->family == 0)
			continue;
		buf_printf(out, "egress %u ", i ? 6 : 4);
		ip_address_print(a, out);
		buf_add_byte(out, '\n');
	}
}

static bool was_made(const struct findings *found, struct span line)
{
	for (size_t i = 0; i < found->count; i++) {
		struct buf key = { 0 };
		print_key(found->items[i], &key);
		bool same = line.len >= key.len && memcmp(line.at, key.at, key.len) == 0;
		buf_free(&key);
		if (same)
			return true;
	}
	return false;
}

static void print_findings(const struct findings *found, struct buf *out)
{
	for (size_t i = 0; i < found->count; i++) {
		print_key(found->items[i], out);
		buf_printf(out, "%s\n", finding_state_name(found->items[i]->state));
	}
}

void last_run_print(struct span before, const struct facts *facts, const struct findings *found, struct buf *out)
{
	print_egress(facts, out);
	while (before.at) {
		struct span line = span_cut(&before, '\n');
		if (span_starts_nocase(line, SPAN("finding ")) && !was_made(found, line))
			buf_printf(out, "%.*s\n", (int)line.len, line.at);
	}
	print_findings(found, out);
}

static size_t count_lines(struct span text, struct span line)
{
	size_t count = 0;

	while (text.at)
		count += span_eq(span_cut(&text, '\n'), line);
	return count;
}

struct comparison { struct span before, now; };

/* A domain with two keys has two findings of one check: there must be as many lines as before. */
static bool has_changed(const struct finding *f, const void *context)
{
	const struct comparison *texts = context;
	struct buf line = { 0 };

	print_key(f, &line);
	bool changed = f->state > FINDING_INFO, is_event = strcmp(f->check->id, "egress.changed") == 0;
	if (!is_event && find_line(texts->before, buf_span(&line)).at) {
		buf_add_text(&line, finding_state_name(f->state));
		changed = count_lines(texts->now, buf_span(&line)) > count_lines(texts->before, buf_span(&line));
	}
	buf_free(&line);
	return changed;
}

void last_run_take_changed(struct span text, struct findings *found, struct findings *changed)
{
	struct buf now = { 0 };

	print_findings(found, &now);
	findings_move(found, has_changed, &(struct comparison){ text, buf_span(&now) }, changed);
	buf_free(&now);
}
