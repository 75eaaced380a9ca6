/* SPDX-License-Identifier: ISC */
/*
 * https - questions over HTTPS and their answers, by libcurl, which only this module knows.
 *
 * No redirects, no cookies, TLS 1.2 at least; a proxy only as given, whatever the environment says. The certificate must be valid for the host (RFC 9525) by the
 * roots that are given. Bytes and time have bounds. What is sent and what comes back may hold secrets: neither is ever
 * in a fault.
 */
#ifndef BASE_HTTPS_H
#define BASE_HTTPS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/text_list.h"

#include <stdint.h>

struct https_question {
	const char *url;                     /* as base/https_url.h reads it */
	uint16_t port;                       /* 0: as in url */
	const struct text_list *addresses;   /* where it connects, without asking; NULL: as the system resolves the host */
	const char *proxy;                   /* "socks5h://HOST:PORT", which looks up the host; NULL: none */
	const char *proxy_user, *proxy_password;   /* there; NULL: none */
	struct span form;                    /* POST, of type application/x-www-form-urlencoded; at NULL: GET */
	struct span roots;                   /* certificates (PEM) that vouch for it */
	size_t bytes_max;                    /* of the answer */
	int64_t wait_ms;                     /* for all of it */
};

enum { HTTPS_TYPE_MAX = 128 };

struct https_answer {
	long status;                         /* 200 … */
	char type[HTTPS_TYPE_MAX];           /* "text/plain", lower case and without parameters; "" for none */
	struct buf body;                     /* the caller's, to be freed by https_answer_free */
	bool untrusted;                      /* with a fault: the server's certificate is not valid, or not for the host */
};

/* Before confinement, and before copies are made of the process. -1: a fault 4.3.0 or 4.3.5. */
int https_prepare(struct fault *f);

/* 0: an answer, of any status. -1: none; a temporary fault 4.7.5 that names the URL, and the answer is empty. */
int https_ask(const struct https_question *what, struct https_answer *out, struct fault *f);

/* Several side by side: each as https_ask, with a fault of its own; kind NONE is an answer. Waits for the longest. */
void https_ask_all(const struct https_question *what, struct https_answer *out, struct fault *faults, size_t count);

void https_answer_free(struct https_answer *a);      /* overwrites the body */

#endif
