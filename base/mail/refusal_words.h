/* SPDX-License-Identifier: ISC */
/*
 * refusal_words - of what the words of a refusal speak: groups of words, as a
 * set of bits. A word belongs to one or more groups. For base/mail/refusal.c.
 */
#ifndef BASE_MAIL_REFUSAL_WORDS_H
#define BASE_MAIL_REFUSAL_WORDS_H

#include "base/mail/refusal_text.h"

#include <stdint.h>

#define OUR_HOST        (1ull << 0)         /* the connecting host, without doubt */
#define SENDERS_IP      (1ull << 1)         /* "the sender's IP": the sender is named, our address is meant */
#define OUR_MARK        (1ull << 2)         /* its address somewhere, or an IP address of whomever */
#define NOT_OURS        (1ull << 3)         /* another's address, or words that are quoted */
#define HABIT           (1ull << 4)         /* "we do not accept mail from ..": whatever the mail is */
#define LIST            (1ull << 5)         /* a list of addresses, by name or kind */
#define LISTED          (1ull << 6)         /* being on one, or known for bad things */
#define LOOKUP          (1ull << 7)         /* a list's page about our address */
#define DENIED          (1ull << 8)
#define REPUTATION      (1ull << 9)
#define DYNAMIC         (1ull << 10)
#define RANGE           (1ull << 11)        /* a range of addresses that no server should have, without doubt */
#define COUNTRY         (1ull << 12)
#define PTR             (1ull << 13)
#define AUTHENTICATION  (1ull << 14)        /* SPF, DKIM, DMARC */
#define SENDER          (1ull << 15)
#define NOT_FOUND       (1ull << 16)        /* not in the DNS */
#define UNRESOLVED      (1ull << 17)        /* a name that leads to no address, or an address to no name */
#define HELO            (1ull << 18)
#define CONTENT         (1ull << 19)
#define SPAM            (1ull << 20)        /* the mail is spam, not: the host sends spam */
#define VAGUE           (1ull << 43)        /* said of everything: with an IP address somewhere it means nothing */
#define FILTERED        (1ull << 21)        /* a filter spoke, of whatever */
#define VIRUS           (1ull << 22)
#define LINK            (1ull << 23)
#define TOO_LARGE       (1ull << 24)
#define LOOP            (1ull << 25)
#define RATE            (1ull << 26)
#define ALLOWANCE       (1ull << 27)        /* of this account or host, used up */
#define RECIPIENTS      (1ull << 28)
#define GREYLISTING     (1ull << 29)
#define LATER           (1ull << 30)        /* says that it is temporary */
#define RELAY           (1ull << 31)
#define LOGIN           (1ull << 32)
#define MAILBOX         (1ull << 33)        /* there is none */
#define CLOSED          (1ull << 34)
#define FULL            (1ull << 35)
#define RECIPIENT       (1ull << 36)        /* the recipient, by that word */
#define TLS             (1ull << 37)
#define SYNTAX          (1ull << 38)
#define ANOTHER_TOPIC   (1ull << 39)        /* users, mailboxes, limits .. */
#define A_DOMAIN        (1ull << 41)        /* "from example.org" or the like: a name that is not known to be ours */
#define CLIENT_REJECTED (1ull << 42)        /* as Postfix says it of the connecting host, whatever follows */
#define AN_IP           (1ull << 40)        /* an IP address by that word: ours, unless another one is named */
#define SENDS_SPAM      (1ull << 44)        /* a host is said to send spam, whatever this mail is */
#define THREAT          (1ull << 45)        /* what will become of our host if it goes on */
#define NO_ANSWER       (1ull << 46)        /* the server asked the DNS and does not know */

/* Without what only notes who asks (refusal_plain). */
uint64_t refusal_words_in(const struct refusal_text *t);

/* Whether one of the patterns occurs; NULL ends them. */
bool refusal_says_one_of(const struct refusal_text *t, const char *const *patterns);

#endif
