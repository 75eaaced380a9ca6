/*
 * options - the sendmail command line as plain values.
 *
 * One table knows every flag of Sendmail 8 and Postfix, so that the argument
 * of one is never taken for a recipient. Flags may be combined ("-ti") and may
 * come after recipients; "--" ends them. An unknown flag is a warning and
 * the message still goes; an unknown mode or a missing argument is a fault
 * 5.5.4 (EX_USAGE).
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
	MODE_LIST,        /* -bp, mailq */
	MODE_FLUSH,       /* -q */
	/* known, and not supported by this program */
	MODE_SMTP,        /* -bs, smtpd */
	MODE_VERIFY,      /* -bv */
	MODE_ALIASES,     /* -bi, -I, newaliases */
	MODE_TEST,        /* -bt */
	MODE_DAEMON,      /* -bd, -bD */
	MODE_HOSTSTAT,    /* -bh, hoststat */
	MODE_PURGESTAT,   /* -bH, purgestat */
	MODE_RMAIL,       /* rmail */
	MODE_FLUSH_SOME,  /* -qR, -qS */
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
	const char *flush_id;          /* -qI, or "" */
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
