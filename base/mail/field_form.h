/* SPDX-License-Identifier: ISC */
/*
 * field_form - the form in which a header field leaves: one table of fields
 * and their grammars, and what each grammar allows of two things.
 *
 * No byte above 0x7f, but in addresses whose local part has them, which alone
 * need SMTPUTF8 (RFC 6531). Text, the words of phrases and comments become
 * encoded words (RFC 2047), parameters become extended ones (RFC 2231),
 * domains become A-labels (base/mail/idn.h). Message ids and URLs are written as
 * RFC 2392 and RFC 3987 write them in a URL, with %XX: an id stays the same
 * in Message-ID here and in References of the next mail, so that threads hold
 * together, and a server that cannot take UTF-8 takes it. What cannot be read
 * by its grammar is text: it means as little as before, and is carried.
 *
 * No line over MESSAGE_LINE_MAX: a longer one is folded at the commas and
 * blanks that it has, about 78 columns wide, inside a quoted string only where
 * there is no other place. A word without a blank that is longer is encoded
 * where it may be. A field with neither fault stays as it is, byte for byte, but
 * for a blank between encoded words that have none.
 *
 * Pure, and linear in the field.
 */
#ifndef BASE_MAIL_FIELD_FORM_H
#define BASE_MAIL_FIELD_FORM_H

#include "base/buf.h"
#include "base/fault.h"

enum field_grammar {
	FIELD_TEXT,           /* unstructured (RFC 5322 section 3.2.5), and all fields that are not known */
	FIELD_ADDRESSES,      /* address lists that people write: blanks may part them (base/mail/address.h) */
	FIELD_MAILBOXES,      /* those of authors: what is not an address among them is not an address */
	FIELD_PHRASES,
	FIELD_PARAMETERS,     /* RFC 2045 section 5.1, RFC 2183 */
	FIELD_IDS,            /* msg-id (RFC 5322 section 3.6.4) */
	FIELD_URLS,           /* RFC 2369 */
	FIELD_COMMENTS,       /* words of protocol: nothing of them but comments may be encoded */
};

enum field_grammar field_grammar_of(struct span name);

/* The value of a parameter in a field of FIELD_PARAMETERS, unquoted, the first of that name; false: there is none. */
bool field_parameter(struct span value, struct span name, struct buf *out);

/*
 * Appends the field with its CRLF. value has CRLF as line ends of folds and no
 * CR or LF besides. charset is that of the message's text or "": what bytes
 * that are not UTF-8 are taken for. Sets *needs_utf8 when SMTPUTF8 is needed, and
 * leaves it alone else. -1: 5.6.0, a line that cannot be folded; out is as it was.
 */
int field_form_write(struct span name, struct span value, struct span charset, bool *needs_utf8, struct buf *out,
                     struct fault *f);

#endif
