#include "tests/tap.h"

#include "base/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/secret_test_XXXXXX";

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, mode_t mode, size_t size)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	for (size_t i = 0; i < size; i++)
		if (write(fd, "s", 1) != 1)
			abort();
	fchmod(fd, mode);
	close(fd);
}

static void modes(void)
{
	static const struct {
		mode_t mode;
		bool taken;
	} rows[] = {
		{ 0600, true }, { 0400, true }, { 0700, true },
		{ 0640, false }, { 0604, false }, { 0620, false }, { 0602, false }, { 0644, false }, { 0601, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		char mend[300];
		write_file("key", rows[i].mode, 10);
		int result = secret_read(path_of("key"), 100, &out, &f);
		is_int(result == 0, rows[i].taken, "mode %04o", (unsigned)rows[i].mode);
		is_int(out.len, rows[i].taken ? 10 : 0, "its bytes");
		if (!rows[i].taken) {
			is_text(f.status, "4.3.5", "its status");
			snprintf(mend, sizeof mend, "chmod 600 %s", path_of("key"));
			ok(strstr(f.text, mend) != NULL, "says how to mend it: %s", f.text);
		}
		secret_free(&out);
	}
}

static void other_files(void)
{
	struct buf out = { 0 };
	struct fault f = { 0 };

	buf_add_text(&out, "before");
	is_int(secret_read(path_of("absent"), 100, &out, &f), -1, "an absent file");
	ok(strstr(f.text, path_of("absent")) != NULL, "named: %s", f.text);
	is_int(secret_read(folder, 100, &out, &f), -1, "a folder");
	mkfifo(path_of("fifo"), 0600);
	is_int(secret_read(path_of("fifo"), 100, &out, &f), -1, "a FIFO does not make us wait");
	write_file("large", 0600, 101);
	is_int(secret_read(path_of("large"), 100, &out, &f), -1, "more than asked for");
	is_span(buf_span(&out), SPAN("before"), "a fault leaves what was there");
	char target[200];
	snprintf(target, sizeof target, "%s", path_of("large"));
	if (symlink(target, path_of("link")) < 0)
		abort();
	is_int(secret_read(path_of("link"), 101, &out, &f), 0, "a symbolic link is followed");
	secret_free(&out);
	ok(out.at == NULL, "freed");
}

int main(void)
{
	static const char *const names[] = { "key", "fifo", "large", "link" };

	if (mkdtemp(folder) == NULL)
		abort();
	modes();
	other_files();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(names[i]));
	rmdir(folder);
	return tap_done();
}
