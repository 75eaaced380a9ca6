/* SPDX-License-Identifier: ISC */
/*
 * recode_field - what the header section of a MIME part says of its body:
 * Content-Type (RFC 2045 section 5.1) and Content-Transfer-Encoding (section
 * 6.1), read over folds, comments and quoted strings. Of several fields of a
 * name the first counts, as for most readers. Pure.
 */
#ifndef BASE_MAIL_RECODE_FIELD_H
#define BASE_MAIL_RECODE_FIELD_H

#include "base/buf.h"

enum recode_encoding {
	RECODE_7BIT,              /* also where there is none */
	RECODE_8BIT,
	RECODE_BINARY,
	RECODE_QUOTED_PRINTABLE,
	RECODE_BASE64,
	RECODE_UNKNOWN,
};

enum recode_kind {
	RECODE_TEXT,              /* also where there is no type, or one that cannot be read (RFC 2045 section 5.2) */
	RECODE_OTHER,
	RECODE_MULTIPART,
	RECODE_SIGNED,            /* multipart/signed, multipart/encrypted (RFC 1847): not to be altered */
	RECODE_ENCRYPTED,
	RECODE_MESSAGE,           /* message/rfc822, global, news: a message with parts of its own */
	RECODE_REPORT,            /* any other message/: groups of header fields */
};

struct recode_fields {
	enum recode_kind kind;
	enum recode_encoding encoding;
	bool has_type, has_version;
	bool digest;              /* whose parts are messages where they do not say otherwise (RFC 2046 section 5.1.5) */
	bool odd_boundary;        /* cut into pieces as in RFC 2231, which is not read here; or no line can hold it */
	struct buf boundary;      /* "" where there is none, or an odd one */
	struct span type;         /* as written, borrowed from the header: "text/plain" */
	struct span encoding_name;
};

/* header may go on with the body; the spans of out borrow from it. */
void recode_fields_read(struct span header, struct recode_fields *out);
void recode_fields_free(struct recode_fields *f);

/*
 * Whether the line, without its end, is that boundary (RFC 2046 section 5.1.1): 0 it is not, 1 a part begins, 2 no more
 * come. *len: of what counts of the line.
 */
int recode_compare_boundary(struct span line, struct span boundary, size_t *len);

/* "quoted-printable" */
const char *recode_encoding_name(enum recode_encoding e);

#endif
