/* SPDX-License-Identifier: ISC */
/*
 * address - mail addresses: the address lists of header fields (RFC 5322
 * section 3.4, with the obsolete forms of section 4.4) and the paths of
 * envelopes (RFC 5321 section 4.1.2).
 *
 * A word with bytes above 0x7f and without @domain is a name, not an address;
 * commas in such a name do not separate it from the address that follows.
 *
 * An encoded word (RFC 2047) is one atom, whatever is in it: there are programs
 * that leave commas in them. Alone and without @domain it is a name too.
 *
 * A character entity of HTML (&amp;) is text of a name, with its semicolon.
 *
 * A backslash in front of a character stands for that character, in a local
 * part without quotes too, as Postfix reads it. As there, a whole address in
 * quotes, or with its @ behind a backslash, is that address.
 */
#ifndef BASE_MAIL_ADDRESS_H
#define BASE_MAIL_ADDRESS_H

#include "base/buf.h"
#include "base/fault.h"

struct address {
	struct span display;  /* display name as written, quotes and comments included; without angle
	                         brackets the comments after the addr-spec; may be empty */
	struct span spec;     /* where the addr-spec (with its route) stands in the input, angle
	                         brackets not included */
	char *address;        /* the addr-spec in normal form: no comments, no blanks, no route,
	                         quotes only where needed; bare when the input had no @domain. owned */
	const char *comma_at; /* where a comma belongs that separates it from the one before; NULL: there is one */
	const char *bracket_at;   /* where its angle bracket opens; NULL: it has none */
};

struct address_list {
	struct address *items;
	size_t count;
	size_t groups;           /* empty ones too */
};

/*
 * What separates one address from the next. Sendmail's reading, which callers and
 * people who type recipients count on, is ADDRESS_BLANKS_TOO: blanks do where
 * the value has no comma, angle bracket, comment or group, and after a closing
 * angle bracket. A semicolon is not a separator but at the end of a group.
 */
enum address_separators {
	ADDRESS_COMMAS,
	ADDRESS_BLANKS_TOO,
	ADDRESS_AUTHORS,      /* commas, but for those of a name that lacks its quotes, "Acme, Inc. <info@acme.example>" */
};

/*
 * Parses an address-list with groups, comments, quoted strings, routes and
 * folding. Returns 0, or -1 with a fault 5.1.3 that quotes what could not be
 * parsed; out then holds what came before it.
 */
int address_list_read(struct span value, enum address_separators separators, struct address_list *out, struct fault *f);
int address_list_parse(struct span value, struct address_list *out, struct fault *f);   /* ADDRESS_COMMAS */
void address_list_free(struct address_list *list);

/*
 * One address after the other, for a caller that goes on after a fault. 1: out is
 * filled, its address owned by the caller; 0: the end; -1: a fault 5.1.3,
 * *raw is what could not be parsed and the reader is after it.
 */
struct address_reader {
	struct span rest;
	bool in_group;
	enum address_separators separators;
	bool blanks;             /* part addresses */
	const char *unparted;    /* after an address that no comma follows; NULL: none */
	size_t groups;           /* that have begun */
};
struct address_reader address_reader_of(struct span value, enum address_separators separators);
int address_next(struct address_reader *r, struct address *out, struct span *raw, struct fault *f);

/*
 * Makes blanks of what nobody sees and stands beside addresses that were copied from a page or a table: no-break and
 * zero-width spaces, byte order marks, marks of direction. What takes no room parts nothing within a word, and stays there;
 * and no line becomes one of blanks alone. In place, to be done before text is parsed; what is not UTF-8 stays.
 */
void address_plain_blanks(char *text, size_t len);

/* What could not be parsed is an empty pair of angle brackets, with or without a name: nobody is meant, as by an empty field. */
bool address_is_nobody(struct span raw);

/*
 * Checks one envelope address: a bare local part or local@domain, the
 * local part a Dot-string (dots wherever they stand) or a Quoted-string. Refuses
 * control bytes, CR, LF, NUL, blanks outside quotes, over-long local parts
 * (64, RFC 5321 4.5.3.1) and domains (255), and domains that are neither
 * hostnames (A-labels or UTF-8) nor address literals. 5.1.3 or 5.1.7.
 */
int address_check(struct span address, struct fault *f);

/* After the last @; empty when bare. */
struct span address_domain(struct span address);
struct span address_local(struct span address);

/* True when any byte is above 0x7f (RFC 6531). */
bool address_needs_utf8(struct span address);

/* Without the final dot of a name that is written whole (RFC 1034 section 3.1), or as it is. */
struct span domain_without_dot(struct span domain);

/* Lower-cased, without a trailing dot; labels of letters, digits, '-', '_' or UTF-8. -1: not a domain name. */
int domain_normalise(struct span domain, struct buf *out);

/* True when domain is parent or is below it; case ignored. */
bool domain_is_within(struct span domain, struct span parent);

#endif
