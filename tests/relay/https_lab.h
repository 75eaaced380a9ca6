/* SPDX-License-Identifier: ISC */
/*
 * https_lab - an HTTPS server of tests/lab in a folder of its own, on loopback, for the tests of roles that ask one.
 */
#ifndef TESTS_RELAY_HTTPS_LAB_H
#define TESTS_RELAY_HTTPS_LAB_H

#include "tests/relay/role_start.h"
#include "tests/scratch.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>

static char folder[] = "/tmp/signet-https-XXXXXX";
static uint16_t port;
static pid_t server;
static int server_stdin;

static void bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void run(const char *format, const char *argument)
{
	struct buf command = { 0 };

	buf_printf(&command, "cd %s && exec 2>>log && ", folder);
	buf_printf(&command, format, argument);
	if (system(buf_text(&command)) != 0)
		bail(buf_text(&command));
	buf_free(&command);
}

static void put(const char *name, struct span bytes)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", folder, name);
	int fd = open(buf_text(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || io_write_all(fd, bytes.at, bytes.len, IO_FOREVER) < 0)
		bail(name);
	close(fd);
	buf_free(&path);
}

/* The script makes certificates in the folder; its first argument is the top of the source. Then the program serves it. */
static void https_lab_start(const char *program, const char *certificates)
{
	int in[2], out[2];
	char line[32] = "";

	scratch_make(folder);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		bail("no room");
	put("certificates.sh", span_of(certificates));
	run("sh certificates.sh \"$OLDPWD\"%s", "");
	server = fork();
	if (server == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execlp("python3", "python3", program, folder, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	for (size_t len = 0; len < sizeof line - 1 && strchr(line, '\n') == NULL;) {
		ssize_t n = io_read(out[0], line + len, sizeof line - 1 - len, clock_boot_ms() + 30000);
		if (n <= 0)
			bail("the server does not start (is python3 there?)");
		len += (size_t)n;
	}
	close(out[0]);
	port = (uint16_t)atoi(line + strlen("port "));
}

static void https_lab_stop(void)
{
	close(server_stdin);
	waitpid(server, NULL, 0);
}

#endif
