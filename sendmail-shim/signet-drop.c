/*
 * signet-drop - writes the submission record on stdin into the drop folder,
 * for sendmail when no signetd answers. Installed set-gid signetdrop: who
 * runs it may be hostile, so it takes nothing from the environment, and the
 * folder from its argument only while it has no privilege.
 *
 * Exits 0 only when file and folder are synced.
 */
#include "base/places.h"
#include "base/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Of base only what needs no linking: this program rests on libc alone. */
static const char magic[RECORD_MAGIC_BYTES] = { 'S', 'I', 'G', 'N', 'E', 'T', 'R', RECORD_VERSION };
#define MESSAGE_MAX (UINT64_C(1) << 40)

static int folder = -1;
static char temporary[32 + 5], final[32 + 1];
static int have_temporary;

static _Noreturn void fail(int code, const char *what, const char *why)
{
	if (have_temporary)
		unlinkat(folder, temporary, 0);
	dprintf(STDERR_FILENO, "signet-drop: %s: %s\n", what, why);
	_exit(code);
}

static void read_exactly(void *into, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read(STDIN_FILENO, (char *)into + got, len - got);
		if (n == 0)
			fail(EX_DATAERR, "the record on standard input", "ends too early");
		if (n < 0 && errno != EINTR)
			fail(EX_IOERR, "standard input cannot be read", strerror(errno));
		got += n > 0 ? (size_t)n : 0;
	}
}

static void write_all(int fd, const void *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)bytes + done, len - done);
		if (n < 0 && errno != EINTR)
			fail(EX_TEMPFAIL, "the drop folder takes no more", strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
}

static void copy(int fd, uint64_t len)
{
	static char bytes[64 * 1024];

	while (len > 0) {
		size_t part = len < sizeof bytes ? (size_t)len : sizeof bytes;
		read_exactly(bytes, part);
		write_all(fd, bytes, part);
		len -= part;
	}
}

/* A big-endian length, copied in passing. */
static uint64_t copy_length(int fd, size_t bytes, uint64_t max)
{
	unsigned char raw[8];
	uint64_t length = 0;

	read_exactly(raw, bytes);
	for (size_t i = 0; i < bytes; i++)
		length = length << 8 | raw[i];
	if (length > max)
		fail(EX_DATAERR, "the record on standard input", "is longer than is taken");
	write_all(fd, raw, bytes);
	return length;
}

static void copy_record(int fd)
{
	char start[RECORD_MAGIC_BYTES], more;

	read_exactly(start, sizeof start);
	if (memcmp(start, magic, sizeof magic) != 0)
		fail(EX_DATAERR, "standard input", "is no submission record of this version");
	write_all(fd, start, sizeof start);
	copy(fd, copy_length(fd, 4, RECORD_ENVELOPE_MAX));
	copy(fd, copy_length(fd, 8, MESSAGE_MAX));
	if (read(STDIN_FILENO, &more, 1) > 0)
		fail(EX_DATAERR, "the record on standard input", "has something behind its end");
}

/* Closed standard descriptors would let the file take their number, and messages end up in it. */
static void prepare_process(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static const char *choose_folder(const char *wanted)
{
	if (wanted == NULL || strcmp(wanted, PLACES_DROP) == 0)
		return PLACES_DROP;
	if (getuid() != 0 && (getgid() != getegid() || getuid() != geteuid()))
		fail(EX_CONFIG, wanted, "only " PLACES_DROP " may be the drop folder where signet-drop is set-gid");
	return wanted;
}

/*
 * Without set-gid (no_new_privs) root may still write here, but pickup could
 * not read what is left in root's group.
 */
static void give_to_group(int fd)
{
	struct stat in, file;

	if (fstat(folder, &in) < 0 || fstat(fd, &file) < 0)
		fail(EX_TEMPFAIL, "the drop folder", strerror(errno));
	if (file.st_gid != in.st_gid && file.st_uid != in.st_uid && fchown(fd, (uid_t)-1, in.st_gid) < 0)
		fail(EX_TEMPFAIL, "the file cannot be given to the drop folder's group", strerror(errno));
}

static void make_names(void)
{
	unsigned char random[16];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		fail(EX_OSERR, "no random bytes from the kernel", strerror(errno));
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(final + 2 * i, 3, "%02x", random[i]);
	snprintf(temporary, sizeof temporary, "%s.tmp", final);
}

int main(int argc, char **argv)
{
	prepare_process();
	const char *path = choose_folder(argc > 1 ? argv[1] : NULL);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		fail(EX_TEMPFAIL, path, strerror(errno));
	make_names();
	int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		fail(EX_TEMPFAIL, path, strerror(errno));
	have_temporary = 1;
	give_to_group(fd);
	copy_record(fd);
	if (fsync(fd) < 0 || close(fd) < 0)
		fail(EX_TEMPFAIL, "the drop folder cannot be synced", strerror(errno));
	if (renameat(folder, temporary, folder, final) < 0)
		fail(EX_TEMPFAIL, path, strerror(errno));
	have_temporary = 0;
	if (fsync(folder) < 0)
		fail(EX_TEMPFAIL, "the drop folder cannot be synced", strerror(errno));
	return 0;
}
