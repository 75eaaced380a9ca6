/* SPDX-License-Identifier: ISC */
/*
 * alias_file - the text of an aliases file, as Sendmail and Postfix have it
 * (aliases(5)), into its aliases; and that of a list which ":include:" names. Pure.
 *
 *     staff:  alice, "Bob B." <bob@example.org>,
 *             :include:/etc/mail/staff
 *
 * An alias begins at the start of a line. A line that begins with a blank goes
 * on with it, and so does one after a backslash at the end of a line. Lines that
 * are blank, or whose first character is #, count nowhere. The name is local,
 * letters' case does not matter, and it is in double quotes where it has blanks, colons
 * or the like. Commas outside of quotes, comments and brackets separate members.
 * A list has members alone, on as many lines as it likes; lines end with LF or CRLF.
 *
 * What cannot be read is a fault with its line, and the rest holds: a member
 * that is not an address is there as ALIAS_BAD. Of two aliases with the same name the
 * first counts.
 */
#ifndef BASE_MAIL_ALIAS_FILE_H
#define BASE_MAIL_ALIAS_FILE_H

#include "base/span.h"

enum { ALIAS_FAULTS_SHOWN = 20 };

enum alias_kind {
	ALIAS_ADDRESS,      /* text is one in normal form (base/mail/address.h), bare or with a domain that may have UTF-8 */
	ALIAS_ITSELF,       /* the same, with a backslash before it: the mailbox of that name, whatever alias it has */
	ALIAS_INCLUDE,      /* text is a path, absolute */
	ALIAS_PROGRAM,      /* text is a command, without its | */
	ALIAS_FILE,         /* text is a path */
	ALIAS_BAD,          /* text is what stands there, why what is wrong with it */
};

struct alias_member {
	enum alias_kind kind;
	char *text;
	char *why;          /* ALIAS_BAD; else NULL */
	unsigned line;
};

struct alias {
	char *name;         /* lower case, without quotes; "" of a list */
	unsigned line;
	struct alias_member *members;
	size_t count;
};

struct alias_fault {
	unsigned line;
	char *text;         /* what is wrong, and how to fix it */
};

struct alias_file {
	struct alias *items;           /* by name */
	size_t count;
	struct alias_fault *faults;    /* ALIAS_FAULTS_SHOWN at most, those of members too */
	size_t fault_count;            /* of all */
};

void alias_file_read(struct span text, struct alias_file *out);
void alias_list_read(struct span text, struct alias_file *out);    /* one item */
void alias_file_free(struct alias_file *f);

/* NULL: it has none of that name. Letters' case does not matter. */
const struct alias *alias_find(const struct alias_file *f, struct span name);

#endif
