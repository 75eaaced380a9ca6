/* SPDX-License-Identifier: ISC */
/*
 * options - the sendmail command line as plain values.
 *
 * One table knows every flag of Sendmail 8 and Postfix, so that the argument
 * of one is never taken for a recipient. Flags may be combined ("-ti") and may
 * come after recipients; "--" ends them. An unknown flag is a warning and
 * the message still goes; an unknown mode or a missing argument is a fault
 * 5.5.4 (EX_USAGE), and so is a part of the queue that is named in a way that
 * it cannot be.
 *
 * What comes after an unknown flag may be its value. Words that msmtp takes
 * a value for are known; after others a word without an @ is the value where
 * there are other recipients or -t.
 */
#ifndef SENDMAIL_SHIM_OPTIONS_H
#define SENDMAIL_SHIM_OPTIONS_H

#include "base/fault.h"
#include "base/mail/record.h"

enum mode {
	MODE_SUBMIT,      /* -bm, the default */
	MODE_SMTP,        /* -bs, smtpd */
	MODE_RMAIL,       /* rmail: a message that came by UUCP */
	MODE_LIST,        /* -bp, mailq */
	MODE_COUNT,       /* -bP: how many messages wait */
	MODE_FLUSH,       /* -q, -qf, -qI, -qR, -qS */
	MODE_RUNNER,      /* -q30m: what signetd does by itself */
	MODE_NOTHING_LOST,   /* -qL, -qQ: lost and quarantined messages, of which there are none */
	MODE_ALIASES,     /* -bi, -I, newaliases */
	/* carried out by other programs */
	MODE_VERIFY,      /* -bv */
	MODE_TEST,        /* -bt */
	MODE_DAEMON,      /* -bd, and Postfix's -bl */
	MODE_FOREGROUND,  /* -bD */
	MODE_HOSTSTAT,    /* -bh, hoststat */
	MODE_PURGESTAT,   /* -bH, purgestat */
	MODE_CHECK,       /* -bC: the configuration */
};

struct options {
	enum mode mode;
	bool mode_given;               /* by -b or the program's name: -q does not change it */
	bool recipients_from_header;   /* -t */
	bool dots_are_text;            /* -i */
	bool verbose;                  /* -v */
	const char *program;           /* argv[0] without its folder; borrowed, as all below */
	const char *sender;            /* -f, -r; NULL when not given */
	const char *full_name;         /* -F, or "" */
	const char *envid;             /* -V, or "" */
	const char *config;            /* -C, or NULL */
	struct buf chosen;             /* -qI, -qR, -qS: the part of the queue, as base/view/selection.h has it; empty: all */
	bool json;                     /* --json */
	uint8_t notify;                /* -N */
	enum dsn_ret ret;              /* -R */
	enum body_type body_type;      /* -B */
	bool require_tls;              /* -O RequireTLS=yes */
	const char **operands;
	size_t operand_count;
	struct buf warnings;           /* one a line */
};

/* out is to be freed in both cases; its warnings hold on -1 too. */
int options_parse(int argc, char **argv, struct options *out, struct fault *f);
void options_free(struct options *o);

#endif
