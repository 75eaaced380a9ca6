/*
 * Linked into roles of the lab only, around their reading calls
 * (-Wl,--wrap=...): the role aborts when what it reads holds the words
 * "abort-ROLE", as one with a fault in it would at a certain message; "hang-ROLE" keeps it busy for ever. For everything else it is the role that is shipped.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static int has(const char *verb, const char *bytes, size_t len)
{
	char word[60];
	int n = snprintf(word, sizeof word, "%s-%s", verb, program_invocation_short_name);

	return memmem(bytes, len, word, (size_t)n) != NULL;
}

static ssize_t judge(const void *bytes, ssize_t n)
{
	int error = errno;

	if (n > 0 && has("abort", bytes, (size_t)n))
		abort();
	while (n > 0 && has("hang", bytes, (size_t)n))
		;
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
