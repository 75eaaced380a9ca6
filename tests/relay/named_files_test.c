/* SPDX-License-Identifier: ISC */
/* A child plays signetd: it opens what is asked for, or answers with an errno, and notes each question. */
#include "tests/process.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/channel.h"
#include "relay/named_files.h"
#include "relay/protocol.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/named-files-XXXXXX";
static char path[80];
static struct settings settings;

static struct shared {
	unsigned asked;
	int refuses;          /* with this errno */
} *shared;

static pid_t player;

static void answer(struct channel *c, const struct frame *frame)
{
	struct unpack u = unpack_from(frame->payload);
	const char *name = named_files_path(&settings, unpack_u32(&u));
	struct buf payload = { 0 };

	shared->asked++;
	int fd = shared->refuses || name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	pack_u32(&payload, fd >= 0 ? 0 : (uint32_t)shared->refuses);
	channel_send(c, FRAME_FILE, buf_span(&payload), fd);
	buf_free(&payload);
}

static struct named_files *begin(void)
{
	int ends[2];
	struct frame frame;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		exit(1);
	fflush(NULL);
	player = fork();
	if (player == 0) {
		close(ends[1]);
		struct channel *c = channel_new(ends[0]);
		while (channel_receive(c, &frame, IO_FOREVER) == 1)
			answer(c, &frame);
		_exit(0);
	}
	close(ends[0]);
	return named_files_new(&settings, ends[1]);
}

static void write_file(const char *text, bool replace)
{
	char fresh[90];

	snprintf(fresh, sizeof fresh, "%s.new", path);
	FILE *f = fopen(replace ? fresh : path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || (replace && rename(fresh, path) != 0))
		exit(1);
}

/* What is read of it, or the name of the error. */
static const char *content(struct named_files *n, size_t number)
{
	static struct buf got;
	int fd = named_files_open(n, number);

	buf_clear(&got);
	if (fd < 0)
		return strerrorname_np(errno);
	io_read_file(fd, &got, 1024 * 1024);
	close(fd);
	return buf_text(&got);
}

/* Which leaves the file of before, and no answer that is taken for one of another file. */
static void late_answer(struct named_files *n)
{
	settings.time_scale = 0.1;
	write_file("late", true);
	process_signal(player, SIGSTOP);
	is_text(content(n, NAMED_ALIASES), "fourth", "signetd does not answer, and the last one counts");
	is_text(content(n, NAMED_PASSWD), "EPIPE", "one that was never read has none");
	process_signal(player, SIGCONT);
	content(n, NAMED_PASSWD);
	ok(strncmp(content(n, NAMED_PASSWD), "root:", 5) == 0, "late answers to other questions are not of passwd");
	is_text(content(n, NAMED_ALIASES), "late", "nor of the aliases");
}

static void often(struct named_files *n)
{
	int64_t since_ms = clock_boot_ms();
	unsigned before = shared->asked, again = 0;

	shared->refuses = EACCES;
	write_file("unreadable", true);
	for (int i = 0; i < 3 * NAMED_FILES_A_SECOND; i++)
		again += strcmp(content(n, NAMED_ALIASES), "late") == 0;
	int64_t seconds = (clock_boot_ms() - since_ms) / 1000 + 1;
	ok(shared->asked - before <= (seconds + 1) * NAMED_FILES_A_SECOND / 2, "nobody asks as often as ends a role");
	ok(again > 0 || seconds > 5, "and then the last one counts");
	shared->refuses = 0;
	while (strcmp(content(n, NAMED_ALIASES), "unreadable") != 0 && clock_boot_ms() - since_ms < 60 * 1000)
		usleep(1000);
	is_text(content(n, NAMED_ALIASES), "unreadable", "until a second is over");
}

int main(void)
{
	tap_plan(21);
	scratch_make(folder);
	snprintf(path, sizeof path, "%s/aliases", folder);
	settings_begin(&settings);
	settings_complete(&settings);
	text_list_free(&settings.aliases);
	text_list_add(&settings.aliases, span_of(path));
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct named_files *n = begin();

	is_text(named_files_path(&settings, NAMED_PASSWD), "/etc/passwd", "one is passwd");
	is_text(named_files_path(&settings, NAMED_ALIASES), path, "the others are the aliases");
	ok(named_files_path(&settings, NAMED_ALIASES + 1) == NULL, "and there are no more");
	is_text(content(n, NAMED_ALIASES), "ENOENT", "a file that is not there");
	is_int(shared->asked, 0, "is not asked for");
	write_file("first", false);
	is_text(content(n, NAMED_ALIASES), "first", "one that came");
	is_text(content(n, NAMED_ALIASES), "first", "is read from its beginning");
	write_file("second", false);
	is_text(content(n, NAMED_ALIASES), "second", "what is written into it is seen");
	is_int(shared->asked, 1, "and all that by one question");
	write_file("third", true);
	is_text(content(n, NAMED_ALIASES), "third", "another file of that name");
	is_int(shared->asked, 2, "is asked for");
	write_file("fourth", true);
	shared->refuses = EACCES;
	is_text(content(n, NAMED_ALIASES), "EACCES", "one that may not be read, though the last one could");
	shared->refuses = 0;
	is_text(content(n, NAMED_ALIASES), "fourth", "and then may");
	late_answer(n);
	often(n);
	process_signal(player, SIGKILL);
	waitpid(player, NULL, 0);
	write_file("fifth", true);
	is_text(content(n, NAMED_ALIASES), "unreadable", "without signetd the last one counts");
	named_files_free(n);
	settings_free(&settings);
	return tap_done();
}
