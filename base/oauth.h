/* SPDX-License-Identifier: ISC */
/*
 * oauth - what is said to an OAuth 2.0 authorization server, and what its answers mean: the device grant (RFC 8628),
 * the code of a browser (RFC 6749 section 4.1, with the proof of RFC 7636), and refreshing (RFC 6749 section 6). Pure;
 * only this module knows the JSON library (jansson).
 *
 * The server is not trusted to speak well. Every answer becomes one word of enum oauth_word, with what belongs to it.
 * Tokens are taken only if they are printable ASCII without blanks and of at most OAUTH_TOKEN_MAX bytes, so that they
 * can stand in a form, a file or a SASL message. Whatever is wrong is temporary for mail: it waits.
 */
#ifndef BASE_OAUTH_H
#define BASE_OAUTH_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

enum {
	OAUTH_ANSWER_MAX = 64 * 1024,     /* bytes of an answer */
	OAUTH_TOKEN_MAX = 12 * 1024,
	OAUTH_SAID_MAX = 300,
	OAUTH_URI_MAX = 1000,
	OAUTH_CODE_MAX = 100,             /* of one that a person types */
};

enum oauth_word {
	OAUTH_TOKENS,         /* access_token, perhaps refresh_token, expires_s */
	OAUTH_DEVICE,         /* device_code, user_code, uri, perhaps full_uri; interval_s, expires_s */
	OAUTH_PENDING,        /* RFC 8628 section 3.5: the person has not answered yet */
	OAUTH_SLOW_DOWN,
	OAUTH_DENIED,
	OAUTH_EXPIRED,        /* the device code */
	OAUTH_GRANT_GONE,     /* invalid_grant: the refresh token, or the code, is not good (any more) */
	OAUTH_CLIENT_WRONG,   /* invalid_client, unauthorized_client: client_id or its secret */
	OAUTH_SCOPE_WRONG,    /* invalid_scope */
	OAUTH_REFUSED,        /* any other error that it names */
	OAUTH_UNAVAILABLE,    /* it is overloaded, in trouble, or was not reached */
	OAUTH_NONSENSE,       /* not an answer to what was asked */
};

struct oauth_answer {
	enum oauth_word word;
	struct buf access_token, refresh_token, device_code;   /* secrets; empty where there is none */
	char user_code[OAUTH_CODE_MAX], uri[OAUTH_URI_MAX], full_uri[OAUTH_URI_MAX];   /* printable ASCII */
	int64_t interval_s, expires_s;    /* never negative; within a day */
	char said[OAUTH_SAID_MAX];        /* for a person: what went wrong, printable ASCII; never a token */
};

enum oauth_asked { OAUTH_ASKED_DEVICE, OAUTH_ASKED_TOKENS };

/* of_status: HTTP's. out is to be freed whatever it says. */
void oauth_answer_read(enum oauth_asked asked, long of_status, struct span body, struct oauth_answer *out);

/* No answer came: OAUTH_UNAVAILABLE, and said is why. */
void oauth_answer_none(const struct fault *why, struct oauth_answer *out);

void oauth_answer_free(struct oauth_answer *a);      /* overwrites what is secret */

/* ---- what is asked: forms ---- */

struct oauth_client {
	const char *id;
	struct span secret;               /* empty: it has none */
};

void oauth_ask_device(const struct oauth_client *c, const char *scope, struct buf *form);
void oauth_ask_by_device(const struct oauth_client *c, struct span device_code, struct buf *form);
void oauth_ask_by_code(const struct oauth_client *c, struct span code, struct span verifier, const char *redirect_uri,
                       struct buf *form);
void oauth_ask_refresh(const struct oauth_client *c, struct span refresh_token, struct buf *form);

/* ---- waiting for a person (RFC 8628 section 3.5) ---- */

struct oauth_wait {
	int64_t interval_ms;
	int64_t next_ms;                  /* when to ask */
	int64_t until_ms;                 /* the code is good so long */
};

enum oauth_step { OAUTH_ASK_LATER, OAUTH_DONE, OAUTH_GIVE_UP };

/* device: an answer OAUTH_DEVICE, of now_ms. */
void oauth_wait_begin(struct oauth_wait *w, const struct oauth_answer *device, int64_t now_ms);

/* What to do after a: ask again at w->next_ms; take the tokens; or give up, with a fault that says why and what to do. */
enum oauth_step oauth_wait_step(struct oauth_wait *w, const struct oauth_answer *a, int64_t now_ms, struct fault *f);

/* ---- verdicts ---- */

/*
 * 0: a has tokens. -1: a temporary fault that says what is wrong and who can fix it, as of smarthost hop, whose login is
 * made again by "signet oauth login HOP".
 */
int oauth_judge(const struct oauth_answer *a, const char *hop, struct fault *f);

/* How long an access token may be used, of those that it lasts: not up to its last minute. */
int64_t oauth_usable_ms(int64_t expires_s);

/* ---- a browser's answer (RFC 6749 section 4.1.2) ---- */

/*
 * The code in the address that a browser was sent to, "http://127.0.0.1:1/?state=S&code=C", decoded; or in the code
 * alone. -1: a fault: it has another state, or an error, or no code.
 */
int oauth_code_read(struct span pasted, const char *state, struct buf *code, struct fault *f);

#endif
