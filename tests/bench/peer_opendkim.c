/* SPDX-License-Identifier: ISC */
/*
 * peer_opendkim - the cases of signing.c by libopendkim: its calls as its own
 * milter makes them. Prints "opendkim CASE RATE" lines.
 *
 *   peer_opendkim FOLDER MILLISECONDS
 */
#include "base/clock.h"
#include "base/io.h"

#include <fcntl.h>
#include <opendkim/dkim.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *folder;
static DKIM_LIB *lib;

static void fail(const char *what)
{
	fprintf(stderr, "peer_opendkim: %s\n", what);
	exit(1);
}

static void read_in(const char *name, struct buf *out)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s", folder, name);
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	buf_clear(out);
	if (fd < 0 || io_read_file(fd, out, SIZE_MAX / 2) < 0)
		fail(buf_text(&path));
	close(fd);
	buf_free(&path);
}

static void feed(DKIM *d, struct span message)
{
	while (message.len > 2 && message.at[0] != '\r') {
		size_t len = 0;
		do {
			const char *end = memmem(message.at + len, message.len - len, "\r\n", 2);
			len = (size_t)(end - message.at) + 2;
		} while (message.at[len] == ' ' || message.at[len] == '\t');
		if (dkim_header(d, (u_char *)(uintptr_t)message.at, len - 2) != DKIM_STAT_OK)
			fail("dkim_header");
		message = span_between(message.at + len, message.at + message.len);
	}
	DKIM_STAT status = dkim_eoh(d);
	if (status != DKIM_STAT_OK)
		fail(dkim_getresultstr(status));
	dkim_body(d, (u_char *)(uintptr_t)message.at + 2, message.len - 2);
}

static void sign(struct buf *key, dkim_canon_t canon, bool rsa, struct span message)
{
	DKIM_STAT status;
	u_char *header;
	size_t len;
	DKIM *d = dkim_sign(lib, (u_char *)"bench", NULL, (u_char *)buf_text(key), (u_char *)(rsa ? "rsa" : "ed25519"),
	                    (u_char *)"bench.example", canon, canon, rsa ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256, -1,
	                    &status);

	if (d == NULL)
		fail(dkim_getresultstr(status));
	feed(d, message);
	if (dkim_eom(d, NULL) != DKIM_STAT_OK || dkim_getsighdr_d(d, 0, &header, &len) != DKIM_STAT_OK)
		fail("does not sign");
	dkim_free(d);
}

static void verify(struct span message)
{
	DKIM_STAT status;
	DKIM *d = dkim_verify(lib, (u_char *)"bench", NULL, &status);

	if (d == NULL)
		fail(dkim_getresultstr(status));
	feed(d, message);
	status = dkim_eom(d, NULL);
	DKIM_SIGINFO *info = dkim_getsignature(d);
	if (status != DKIM_STAT_OK)
		fail(info ? dkim_sig_geterrorstr(dkim_sig_geterror(info)) : dkim_getresultstr(status));
	dkim_free(d);
}

static void measure(const char *size, bool rsa, bool relaxed, int64_t run_ms)
{
	const char *kind = rsa ? "rsa" : "ed25519", *canon = relaxed ? "relaxed" : "simple";
	struct buf key = { 0 }, plain = { 0 }, whole = { 0 }, name = { 0 };

	buf_printf(&name, "%s.pem", kind);
	read_in(buf_text(&name), &key);
	buf_clear(&name);
	buf_printf(&name, "%s.eml", size);
	read_in(buf_text(&name), &plain);
	buf_clear(&name);
	buf_printf(&name, "%s-%s-%s.signed", kind, canon, size);
	read_in(buf_text(&name), &whole);
	for (int verifying = 0; verifying < 2; verifying++) {
		int64_t begin = clock_boot_ms(), now;
		unsigned long count = 0;
		do {
			if (verifying)
				verify(buf_span(&whole));
			else
				sign(&key, relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE, rsa, buf_span(&plain));
			count++;
			now = clock_boot_ms();
		} while (now - begin < run_ms);
		printf("opendkim %s-%s-%s-%s %.1f\n", verifying ? "verify" : "sign", kind, canon, size,
		       (double)count * 1000 / (double)(now - begin));
		fflush(stdout);
	}
	buf_free(&key);
	buf_free(&plain);
	buf_free(&whole);
	buf_free(&name);
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "2k", "100k", "10m" };
	dkim_query_t query = DKIM_QUERY_FILE;
	struct buf records = { 0 };

	if (argc != 3)
		return 64;
	folder = argv[1];
	lib = dkim_init(NULL, NULL);
	buf_printf(&records, "%s/records", folder);
	if (lib == NULL || dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD, &query, sizeof query) != DKIM_STAT_OK ||
	    dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, records.at, records.len) != DKIM_STAT_OK)
		fail("cannot be set up");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int rsa = 1; rsa >= 0; rsa--)
			for (int relaxed = 0; relaxed < 2; relaxed++)
				if (rsa || relaxed)   /* its ed25519 with a simple header is wrong */
					measure(sizes[i], rsa, relaxed, atoi(argv[2]));
	return 0;
}
