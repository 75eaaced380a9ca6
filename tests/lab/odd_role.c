/* SPDX-License-Identifier: ISC */
/*
 * Linked into roles of the lab only, around their reading calls
 * (-Wl,--wrap=...): a role does what the words "VERB-ROLE" in what it reads
 * tell it. For all else it is the role that is shipped.
 *
 *   abort     as one with a fault in it would at a certain message
 *   stands    the same: it goes on no more; where errors go it says so. As
 *             often as the file ROLE.stands beside its program says in one
 *             byte, all its processes together; always, where there is none
 *   snoops    it tries whatever one that was taken over would: to open each path in the file ROLE.snoops beside its program,
 *             and what lies beside and above its descriptors; sockets of other families; memory of other processes. It
 *             says where errors go how much it got, and then traces its parent
 *   flood, huge, fds, strange, parent, parentfds, closes
 *             as one that was taken over: it sends frames without end, or too
 *             large, or with descriptors, or of what it was not given; the
 *             same to signetd; or closes its channel and lives on
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t __real_read(int fd, void *bytes, size_t len);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
ssize_t __real_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_read(int fd, void *bytes, size_t len);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);

enum { TO_PARENT = 3, TO_QUEUE = 4, FDS = 200 };

/* Shared with all processes of the role; NULL: no bound. */
static _Atomic unsigned char *times_left;

/* Before the role confines itself. */
__attribute__((constructor)) static void share_times_left(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof ".stands");

	if (len < 0)
		return;
	memcpy(path + len, ".stands", sizeof ".stands");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *shared = mmap(NULL, sizeof *times_left, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared != MAP_FAILED)
		times_left = shared;
	close(fd);
}

/* ---- snooping ---- */

static char snooped[64 * 1024];                      /* paths, a line each; read before the role confines itself */

__attribute__((constructor)) static void read_paths(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof ".snoops");

	if (len < 0)
		return;
	memcpy(path + len, ".snoops", sizeof ".snoops");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (__real_read(fd, snooped, sizeof snooped - 1) < 0)
		snooped[0] = '\0';
	close(fd);
}

static int tried, got;

static void try_it(const char *what, const char *path, long result)
{
	tried++;
	if (result < 0)
		return;
	got++;
	dprintf(STDERR_FILENO, "%s got %s %s\n", program_invocation_short_name, what, path);
}

static void snoop(void)
{
	static const int families[] = { AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK };
	char *rest = snooped, *path;
	struct stat st;
	char bytes[16];

	while ((path = strsep(&rest, "\n")) != NULL && path[0]) {
		try_it("to read", path, open(path, O_RDONLY | O_CLOEXEC));
		try_it("to write", path, open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
		try_it("to list", path, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		try_it("to remove", path, unlink(path));
		try_it("to link", path, link(path, "/tmp/snooped"));
		try_it("to change the mode of", path, chmod(path, 0777));
	}
	for (int fd = 0; fd < 64; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			try_it("the folder above a descriptor", "", openat(fd, "..", O_RDONLY | O_DIRECTORY));
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		try_it("a socket of another family", "", (int)syscall(SYS_socket, families[i], SOCK_DGRAM, 0));
	snprintf(bytes, sizeof bytes, "%d", getppid());
	try_it("a raw socket", "", (int)syscall(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_RAW));
	try_it("executable memory", "", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	try_it("another's priority", bytes, setpriority(PRIO_PROCESS, (id_t)getppid(), 19));
	try_it("to stop others by a limit", bytes, prlimit(getppid(), RLIMIT_CPU, &(struct rlimit){ 1, 1 }, NULL));
	dprintf(STDERR_FILENO, "%s snooped: it got %d of %d\n", program_invocation_short_name, got, tried);
	syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), NULL, NULL);
	dprintf(STDERR_FILENO, "%s got its parent\n", program_invocation_short_name);
	_exit(0);
}

static int may_stand(void)
{
	if (times_left == NULL)
		return 1;
	unsigned char left = atomic_load(times_left);
	while (left > 0)
		if (atomic_compare_exchange_weak(times_left, &left, (unsigned char)(left - 1)))
			return 1;
	return 0;
}

static void put_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		if (n < 0 && errno == EAGAIN)
			poll(&p, 1, -1);
		else if (n < 0)
			poll(NULL, 0, -1);                 /* it is closed; it lives on */
		else {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static void put_fds(int to)
{
	union {
		char space[CMSG_SPACE(FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec piece = { (void *)(uintptr_t)"\0\0\0\0\0\1\0\1", 8 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.space,
		.msg_controllen = sizeof control.space };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(FDS * sizeof(int));
	memset(CMSG_DATA(header), 0, FDS * sizeof(int));     /* standard input, again and again */
	for (;;)
		if (sendmsg(to, &message, MSG_NOSIGNAL) < 0)
			usleep(1000);
}

static void flood(int to, const char *frame, size_t len)
{
	for (;;)
		put_all(to, frame, len);
}

static void send_huge(void)
{
	static char zeros[64 * 1024];

	put_all(TO_QUEUE, "\2\0\0\0\0\144\0\0", 8);     /* an OUTCOME of 32 MiB */
	flood(TO_QUEUE, zeros, sizeof zeros);
}

static void stand_still(void)
{
	dprintf(STDERR_FILENO, "%s stands still\n", program_invocation_short_name);
	for (;;)
		poll(NULL, 0, -1);
}

static void be_rogue(const char *verb)
{
	if (strcmp(verb, "flood") == 0)
		flood(TO_QUEUE, "\0\0\0\4\0\142\0\0\0\0\0\1", 12);         /* WANT 1 */
	if (strcmp(verb, "huge") == 0)
		send_huge();
	if (strcmp(verb, "fds") == 0)
		put_fds(TO_QUEUE);
	if (strcmp(verb, "strange") == 0)
		flood(TO_QUEUE, "\0\0\0\11\0\151\0\0\0\0\0\0\0\0\0\7\1", 17);
	if (strcmp(verb, "parent") == 0)
		flood(TO_PARENT, "\0\0\0\4\0\7\0\0\0\0\0\1", 12);
	if (strcmp(verb, "parentfds") == 0)
		put_fds(TO_PARENT);
	close(TO_QUEUE);
	for (;;)
		poll(NULL, 0, -1);
}

static int has(const char *verb, const char *bytes, size_t len)
{
	char word[60];
	int n = snprintf(word, sizeof word, "%s-%s", verb, program_invocation_short_name);

	return memmem(bytes, len, word, (size_t)n) != NULL;
}

static ssize_t judge(const void *bytes, ssize_t n)
{
	static const char *const verbs[] = { "flood", "huge", "fds", "strange", "parent", "parentfds", "closes" };
	int error = errno;

	if (n > 0 && has("abort", bytes, (size_t)n))
		abort();
	if (n > 0 && has("stands", bytes, (size_t)n) && may_stand())
		stand_still();
	if (n > 0 && has("snoops", bytes, (size_t)n))
		snoop();
	for (size_t i = 0; n > 0 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (has(verbs[i], bytes, (size_t)n))
			be_rogue(verbs[i]);
	errno = error;
	return n;
}

ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
	return judge(bytes, __real_read(fd, bytes, len));
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
	return judge(bytes, __real_pread(fd, bytes, len, at));
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	return judge(bytes, __real_recv(fd, bytes, len, flags));
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	return judge(message->msg_iov[0].iov_base, __real_recvmsg(fd, message, flags));
}
