/* SPDX-License-Identifier: ISC */
/*
 * fault - a failure as data: what kind, its RFC 3463 code, and a sentence
 * that says what, where and how to fix it.
 *
 * Functions that can fail return 0 or -1 and fill a fault. The kind decides
 * what happens to mail; the status decides the sysexits(3) code and the
 * Status field of a delivery report (RFC 3464 section 2.3.4). A broken
 * invariant is not a fault: it aborts.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdarg.h>
#include <stdbool.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_TEMPORARY,   /* try again later; never told to a sender as final */
	FAULT_PERMANENT,   /* will not work however often it is tried */
	FAULT_POLICY,      /* the other side, or our owner's setting, refuses this host's mail */
};

enum { FAULT_STATUS_MAX = 12, FAULT_TEXT_MAX = 640 };

struct fault {
	enum fault_kind kind;
	char status[FAULT_STATUS_MAX];  /* "4.3.0" */
	char text[FAULT_TEXT_MAX];      /* one line, cut when longer; may hold foreign bytes */
	int exit_code;                  /* of sysexits(3); 0: as the status says. It is not sent to other processes */
};

/* Always returns -1, so that "return fault_set(...)" reads well. f may be NULL. */
int fault_set(struct fault *f, enum fault_kind kind, const char *status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int fault_vset(struct fault *f, enum fault_kind kind, const char *status, const char *format, va_list ap)
	__attribute__((format(printf, 4, 0)));

/* Puts "PREFIX: " before the text, for a caller that knows more about the place. Returns -1. */
int fault_prefix(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Gives the fault an exit code, as that of a file, or the like, which could not be opened or made: EX_NOPERM where errno
 * was such that another user may do it, otherwise the other one (EX_NOINPUT, EX_CANTCREAT). What was to be read and is not a
 * file (EINVAL, see base/io.h; EISDIR), or too large to be one (EFBIG), gets EX_DATAERR. Returns -1.
 */
int fault_of_file(struct fault *f, int error, int otherwise);

/* RFC 3463's X.3.5: the system is configured incorrectly, so that only its owner can end the fault. */
bool fault_is_configuration(const struct fault *f);

/* The sysexits(3) code that a program ends with because of f. */
int fault_exit_code(const struct fault *f);

#endif
