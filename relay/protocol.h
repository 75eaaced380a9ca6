/* SPDX-License-Identifier: ISC */
/*
 * protocol - what the roles say to each other: the frames, and the values in
 * them.
 *
 *   parent → role      SETTINGS, then KEY (signer), ROUTES and FILES (queue, pickup) or LISTENER… (smtpd), then START
 *   parent ↔ queue, pickup   FILE → FILE, on the channel of FILES
 *   parent → pickup 0, smtpd   PEER: a channel between the two
 *   parent ↔ template  PLACE…, CLONE → CLONED (relay/template.h)
 *   parent → a copy    of smtp that has a password to hear: SECRET, PROXY_SECRET, then START
 *   parent ↔ oauth     REFRESH → REFRESHED
 *   parent ↔ smtp      ← ASK_SECRET ; SECRET or NO_SECRET → (where a command prints it)
 *   parent ↔ queue     PEER, EXITED, DRAIN → ; ← SPAWN, KILL, HEARTBEAT, DRAINED, RELOAD
 *   pickup → queue     SUBMIT → SUBMITTED ; QUERY → ROW…, QUERY_END or QUERY_REFUSED ; HEARTBEAT
 *   smtpd → pickup 0   CALLER, and on its descriptor the dialogue of base/mail/submit.h
 *   queue → signer     SIGN → SIGNED
 *   queue → resolver   PLAN → PLANNED
 *   queue → smtp       SESSION, DELIVER, COMMITTED, QUIT ; ← READY, WANT, OUTCOME, TROUBLE, TRANSCRIPT, SESSION_END
 *   queue → local      the same, but for TRANSCRIPT
 *   queue → bounce     BOUNCE → BOUNCED
 *   queue → sts        FETCH → FETCHED
 *   queue → event      EVENT
 *
 * A ticket is chosen by the asker and comes back with the answer. Values own
 * their memory but for what is said to be borrowed; each is written, read and
 * freed by its shape (base/shape.h): encode appends to a buf, decode gives 0,
 * or -1 when malformed, with nothing to free.
 *
 * A message's bytes travel inline when they are at most MESSAGE_INLINE_MAX,
 * else as a read-only descriptor of its body file sent with the frame. They
 * are always in normal form: CRLF line ends only, header section first.
 */
#ifndef RELAY_PROTOCOL_H
#define RELAY_PROTOCOL_H

#include "base/conf/settings.h"
#include "base/fault.h"
#include "base/mail/record.h"
#include "base/mail/reply.h"
#include "base/shape.h"
#include "dns/target.h"
#include "relay/tls_ticket.h"

#include <stdint.h>
#include <string.h>

enum { MESSAGE_INLINE_MAX = 64 * 1024, UNCOMMITTED_MAX = 4 };

enum frame_type {
	FRAME_SETTINGS = 1,   /* packed settings */
	FRAME_KEY,            /* struct signing_key */
	FRAME_SECRET,         /* the smarthost's password, bare bytes */
	FRAME_START,          /* empty: everything that a role is told first has been sent */
	FRAME_PEER,           /* struct peer, with the channel (or the control listener) as fd */
	FRAME_EXITED,         /* struct peer: that process is gone and reaped */
	FRAME_SPAWN,          /* struct spawn */
	FRAME_DRAIN,          /* empty: accept and dispatch nothing more */
	FRAME_DRAINED,        /* empty: no session is open, all is committed */
	FRAME_ASK_SECRET,     /* empty: what the smarthost's command prints; asked again, the last answer was refused */
	FRAME_NO_SECRET,      /* text: why there is none */
	FRAME_ROUTES,         /* empty, to queue and pickup: the image of the routing tables as fd (relay/route/route.h) */
	FRAME_RELOAD,         /* empty, queue → parent: the owner asks for it at the control socket */
	FRAME_HEARTBEAT,          /* empty, queue → parent and pickup → queue: its loop goes on (relay/heartbeat.h) */
	FRAME_PLACE,          /* u8: a number of relay/role.h for fd, which the next copy has there */
	FRAME_CLONE,          /* struct peer: a copy for this piece of work, please */
	FRAME_CLONED,         /* struct cloned */
	FRAME_KILL,           /* struct peer, queue → parent: that process misbehaves, or its channel is lost; end it */
	FRAME_LISTENER,       /* empty, to smtpd: a socket that listens, as fd */
	FRAME_REFRESH,        /* struct refresh_job */
	FRAME_REFRESHED,      /* struct refreshed */
	FRAME_PROXY_SECRET,   /* the password at the proxy, bare bytes */
	FRAME_FILES,          /* empty, to queue and pickup: a channel for FILE as fd */
	FRAME_FILE,           /* u32 number of a file, and back u32 errno, with fd where that is 0 (relay/named_files.h) */

	FRAME_SUBMIT = 32,    /* struct submit */
	FRAME_SUBMITTED,      /* struct submitted */
	FRAME_QUERY,          /* struct query */
	FRAME_ROW,            /* u64 ticket, span packed row */
	FRAME_QUERY_END,      /* u64 ticket, span text for a person */
	FRAME_QUERY_REFUSED,  /* u64 ticket, packed struct fault */
	FRAME_CALLER,         /* struct caller, with a connection on which it hands over one record as fd */

	FRAME_SIGN = 64,      /* struct sign_job, fd when not inline */
	FRAME_SIGNED,         /* struct signed_fields */
	FRAME_PLAN,           /* struct plan_job */
	FRAME_PLANNED,        /* struct plan */

	FRAME_SESSION = 96,   /* struct session */
	FRAME_READY,          /* struct session_ready */
	FRAME_WANT,           /* u32: so many more DELIVER frames, please */
	FRAME_DELIVER,        /* struct delivery, fd when not inline */
	FRAME_OUTCOME,        /* struct outcome */
	FRAME_COMMITTED,      /* u32: so many outcomes are on stable storage */
	FRAME_QUIT,           /* empty: nothing more for this session; end it politely */
	FRAME_SESSION_END,    /* struct session_end; the last frame of a session */
	FRAME_TRANSCRIPT,     /* struct transcript_line: the dialogue of a session that is watched */
	FRAME_TROUBLE,        /* u64 ticket of a delivery whose outcome follows, u8 enum delivery_trouble */

	FRAME_BOUNCE = 128,   /* struct bounce_job, fd when not inline */
	FRAME_BOUNCED,        /* u64 ticket, then a packed struct submission */

	FRAME_FETCH = 144,    /* struct sts_job */
	FRAME_FETCHED,        /* struct sts_fetched */

	FRAME_EVENT = 160,    /* text: one event, as JSON (relay/queue/event.h) */
};

enum role {
	ROLE_SIGNETD, ROLE_PICKUP, ROLE_QUEUE, ROLE_SIGNER, ROLE_RESOLVER,
	ROLE_SMTP, ROLE_ESMTP, ROLE_BOUNCE, ROLE_STS, ROLE_LOCAL, ROLE_SMTPD, ROLE_EVENT, ROLE_OAUTH,
	ROLE_CONTROL /* no process: the listener */, ROLE_COUNT
};

struct peer {
	enum role role;
	uint64_t instance;    /* SPAWN's ticket for a disposable role; else a counter */
};

struct cloned {           /* a template has made a copy of itself */
	uint64_t instance;
	uint32_t pid;         /* 0: it could not */
};

struct spawn {            /* queue asks the parent for a session, a bounce maker or a policy's fetcher */
	enum role role;
	uint64_t ticket;
	char *smarthost;      /* whose secret the session gets; "" for none */
};

struct signing_key {
	uint32_t number;             /* its place in settings.dkim */
	struct span pem;             /* all borrowed from the frame */
	struct span domainkeys_pem;  /* empty: pem serves for both */
	struct span passphrase;      /* of both files; empty for none */
};

/* ---- logins by OAuth ---- */

struct refresh_job {             /* an access token, please, by a refresh token */
	char *hop;                   /* whose login it is, for a person */
	char *endpoint;
	char *client_id;
	char *proxy;                 /* of the smarthost, as base/conf/proxy_place.h reads it; "" for none */
	struct span proxy_password;  /* borrowed from the frame, as the next two; empty where there is none */
	struct span client_secret;   /* the same */
	struct span refresh_token;
};

struct refreshed {
	struct fault fault;
	struct span access_token;    /* borrowed from the frame, as the next */
	struct span refresh_token;   /* to be kept in place of the old one; empty: that stays */
	int64_t usable_s;            /* the access token may be used so long */
};

/* ---- submission ---- */

struct submission_recipient {
	char *address;        /* in final form: local@domain; a bare name where `held` */
	char *original;       /* as submitted, for reports */
	uint8_t notify;
	char *orcpt;
	char *refused;        /* not "": the queue bounces this recipient at once with this text;
	                         address may then be anything printable */
	char *refused_status; /* RFC 3463, "5.1.3"; "" where it is not refused */
};

struct submission {       /* one queue entry in normal form */
	uint8_t id[RECORD_ID_BYTES];  /* unique with uid and part */
	uint32_t uid;
	uint8_t part;                 /* 0, 1 …: entries made of one record */
	uint64_t queue_id;            /* that its Received field names (relay/queue_id.h); 0: it has none */
	char *sender;                 /* "" is the null sender */
	char *envid;
	enum dsn_ret ret;
	bool eight_bit;               /* bytes above 0x7f in the body */
	bool utf8;                    /* SMTPUTF8 is needed, whoever the recipient is */
	bool require_tls;             /* REQUIRETLS (RFC 8689) */
	bool tls_optional;            /* TLS-Required: No, and no REQUIRETLS */
	bool no_data;                 /* it is never sent: servers are only asked about its recipients, once */
	bool bulk;                    /* its header says that it is bulk */
	char *from_domain;            /* of the header From: whose signature */
	char *message_id;             /* without angle brackets, for log and trace */
	char *program;                /* advisory */
	char *unit, *container;       /* of the caller (relay/cgroup.h); "": not known */
	int64_t arrival_ms;           /* wall */
	uint64_t size_bytes;
	char *held;                   /* "" or why the queue must hold it at once */
	struct submission_recipient *recipients;
	size_t recipient_count;
	char *body_file;              /* name under SPOOL/body, synced with its folder; "" when inline.
	                                 unique to this attempt: pickup removes it when the answer is a
	                                 fault, the queue when it already has (uid, id, part) */
	uint64_t checksum;            /* of the body file (base/checksum.h); 0 when inline */
	struct span message;          /* inline; borrowed */
};

struct submit {                   /* all parts are committed together or not at all */
	uint64_t ticket;
	struct submission *parts;
	size_t count;
};

enum { CALLER_TEXT_MAX = 400 };

struct caller {                   /* a client that smtpd has heard */
	uint32_t uid;                 /* whose its mail is */
	bool known;                   /* the kernel says so; else it is the roles' user's, for want of another */
	char *from;                   /* "mail.example ([192.0.2.1])": for Received; both are printable */
	char *with;                   /* "ESMTP" or "SMTP" */
};

struct submitted {
	uint64_t ticket;
	struct fault fault;           /* NONE: stored and synced; TEMPORARY: busy */
	char *queue_id;               /* of the first part */
};

struct query {
	uint64_t ticket;
	uint8_t operation;            /* enum submit_operation */
	uint32_t uid;                 /* whose messages */
	bool all;                     /* the asker may see every message */
	char *argument;
};

/* ---- signing ---- */

struct sign_job {
	uint64_t ticket;
	char *from_domain;
	char *sender_domain;          /* envelope */
	uint64_t size_bytes;
	uint64_t checksum;            /* of the body file; 0: not known */
	struct span message;          /* inline; borrowed */
};

struct signed_fields {
	uint64_t ticket;
	struct fault fault;           /* why a key that should have signed did not */
	char *fields;                 /* whole header fields with CRLF, to go before the message; "" for none */
	char *keys;                   /* "selector._domainkey.domain …" for the log */
	char *note;                   /* "" or what else the log should say of it */
	bool damaged;                 /* the body file is not what was stored; fault says so */
};

/* ---- planning ---- */

struct sts_known {                /* what the store remembers of a recipient domain's MTA-STS policy */
	bool wanted;                  /* MTA-STS counts for this plan; without it the rest is nothing */
	char *id;                     /* of the policy; "" where none is known that is still valid */
	char *policy;                 /* as sts_policy_print wrote it */
	bool fresh;                   /* it was fetched not long ago */
	char *barred_id;              /* fetching that one failed just now; "" */
};

struct plan_job {
	uint64_t ticket;
	enum plan_kind kind;
	char *name;                   /* recipient domain, or the smarthost's host or hosts */
	char *proxy;                  /* the host of the proxy through which they are reached; "" for none */
	struct sts_known sts;
};

struct plan {
	uint64_t ticket;
	struct fault fault;           /* 5.1.2 no such domain, 5.1.10 null MX, 4.4.3 DNS trouble … */
	bool mx_elsewhere;            /* as in struct mx_plan */
	bool unconfirmed;             /* an unsigned NXDOMAIN: permanent only when confirmed later */
	struct target *targets;       /* in the order to try */
	size_t target_count;
	char *sts_id;                 /* of an MTA-STS policy to be fetched before the targets are used; "" for none */
	struct ip_address *sts_addresses;  /* where it lies */
	size_t sts_address_count;
};

/* ---- MTA-STS policies ---- */

struct sts_job {
	uint64_t ticket;
	char *domain;
	uint16_t port;
	struct ip_address *addresses; /* of mta-sts.DOMAIN */
	size_t address_count;
};

struct sts_fetched {
	uint64_t ticket;
	struct fault fault;
	bool unable;                  /* it is a fault of this host, which would meet every policy */
	char *policy;                 /* as sts_policy_print writes it; "" with a fault */
	uint32_t max_age_s;
};

/* ---- sessions ---- */

/* What a message asks of whoever takes it. */
enum {
	NEED_UTF8 = 1,                /* SMTPUTF8 */
	NEED_TLS = 2,                 /* REQUIRETLS, on a connection whose other end is proved */
	NEED_ANY_TLS = 4,             /* TLS as far as there is any: TLS-Required: No, where MTA-STS would stop it */
};

enum { SESSION_REFUSED_MAX = 8 };

struct session {
	char *hop;                    /* "mx", the smarthost's name, or LOCAL_HOP */
	char *domain;                 /* recipient domain for mx; the smarthost's host, "" for a list of them; the user of a mailbox */
	uint16_t port;
	bool implicit_tls;
	enum tls_level tls;
	char *ca_file;
	char *helo;
	uint8_t needs;                /* NEED_ bits: hosts that cannot do these are skipped */
	struct ip_address source[2];  /* IPv4, IPv6; family 0: the kernel's choice */
	struct target *targets;
	size_t target_count;
	struct ip_address refused[SESSION_REFUSED_MAX];  /* own addresses that this site refuses: nothing is sent from them */
	size_t refused_count;
	uint32_t connections_max;     /* TCP connections that may be established until the session stands; 0: the role's bound */
	bool step_by_step;            /* no PIPELINING, even where it is offered */
	bool transcript;              /* the owner watches: TRANSCRIPT frames, and one message only */
	struct tls_ticket *tickets;   /* that earlier sessions left; which of them are of use is seen by their terms */
	size_t ticket_count;
};

enum transcript_side { TRANSCRIPT_NOTE, TRANSCRIPT_OURS, TRANSCRIPT_THEIRS };

struct transcript_line {
	int64_t boot_ms;              /* when */
	enum transcript_side side;
	char *text;                   /* one line without its end; foreign bytes in it */
};

enum {
	CAP_SIZE = 1, CAP_8BITMIME = 2, CAP_SMTPUTF8 = 4, CAP_DSN = 8, CAP_PIPELINING = 16,
	CAP_STARTTLS = 32, CAP_AUTH = 64, CAP_REQUIRETLS = 128,
};

struct session_ready {
	char *relay;                  /* "mx.example.org[192.0.2.1]:25", Postfix's form */
	char *host;                   /* the target it stands with */
	char *source;                 /* this end's address, "192.0.2.7" */
	char *tls;                    /* "TLSv1.3 with cipher … verified", or "" */
	uint32_t connections;         /* TCP connections established so far, this one too */
	char *tls_summary;            /* "TLSv1.3/verified", or "none" */
	uint32_t capabilities;        /* CAP_ bits */
	uint64_t size_limit;          /* of SIZE; 0 for none said */
	uint32_t rcpt_max;            /* of LIMITS (RFC 9422): recipients a transaction; 0 for none said */
	struct tls_ticket ticket;     /* for the next session; none where this one was resumed itself */
};

struct delivery_recipient {
	uint64_t id;
	char *address;
	uint8_t notify;
	char *orcpt;
	char *original;      /* of a program (relay/route/local_mail.h): who was written to; "" else */
};

/* What a message may take to be sent: half an hour, two seconds for each recipient, and a second for each 8 KiB. */
enum { DELIVERY_WAIT_MS = 30 * 60 * 1000 };

static inline int64_t delivery_size_ms(size_t recipients, uint64_t bytes)
{
	return (int64_t)recipients * 2000 + (int64_t)(bytes / 8192) * 1000;
}

struct delivery {
	uint64_t ticket;
	char *queue_id;
	char *sender;
	char *envid;
	enum dsn_ret ret;
	bool eight_bit;
	bool utf8;
	bool require_tls;
	bool whole;                   /* to all recipients or to none: no DATA unless each was taken */
	bool no_data;                 /* it ends after RCPT: NONE means that the recipient was accepted */
	bool again;                   /* it may have arrived before: a process ended, or all did, before it said so */
	uint64_t size_bytes;          /* of the message, without fields */
	uint64_t checksum;            /* of its body file; 0: not known */
	struct delivery_recipient *recipients;
	size_t recipient_count;
	struct span fields;           /* signatures, to go before the message; borrowed */
	struct span message;          /* inline; borrowed */
};

/* What it says is of a mailbox of this host, and of no server. */
static inline bool reply_is_of_mailbox(const struct reply *r)
{
	return strcmp(r->relay, LOCAL_HOP) == 0;
}

struct recipient_outcome {
	uint64_t id;
	struct reply reply;           /* NONE: delivered */
	bool unknown;                 /* the session was lost after the dot: it may have arrived */
};

struct outcome {
	uint64_t ticket;
	uint32_t setup_ms;            /* connection, TLS, EHLO; 0 on a reused session */
	uint32_t transfer_ms;
	struct recipient_outcome *recipients;
	size_t recipient_count;
};

/* What is said of the recipient with that id, most likely at that index; NULL: nothing. */
static inline struct recipient_outcome *outcome_of_recipient(const struct outcome *o, size_t guess, uint64_t id)
{
	if (guess < o->recipient_count && o->recipients[guess].id == id)
		return &o->recipients[guess];
	for (size_t i = 0; i < o->recipient_count; i++)
		if (o->recipients[i].id == id)
			return &o->recipients[i];
	return NULL;
}

/* What is wrong on this side: of one delivery, and neither of its server nor of its recipients. */
enum delivery_trouble {
	TROUBLE_HELPER = 1,           /* esmtp ended while it had it */
	TROUBLE_DAMAGED,              /* its body file is not what was stored */
};

enum session_scope {
	SESSION_DONE,                 /* ended politely */
	SESSION_UNREACHABLE,          /* no target answered with a greeting and EHLO */
	SESSION_REFUSED,              /* a 4xx or 5xx to connection or EHLO */
	SESSION_TLS,                  /* a TLS demand was not met */
	SESSION_AUTH,                 /* AUTH was refused or not possible */
	SESSION_LOST,                 /* broke after READY */
	SESSION_UNMET,                /* hosts answered, and none could do what the session needs; permanent where all did */
};

struct session_end {
	enum session_scope scope;
	struct reply reply;
	uint32_t connections;         /* TCP connections established in all */
	bool pipelining_broken;       /* the server offered PIPELINING and left replies to a group out */
	uint32_t rcpt_max;            /* it took so many recipients and ended the session with 421 at the next; 0: nothing learnt */
	bool none_left;               /* only own addresses in `refused` were left to send from (SESSION_UNREACHABLE) */
};

/* ---- bounces ---- */

enum report_kind { REPORT_OF_FAILURE, REPORT_OF_DELAY, REPORT_OF_RELAY, REPORT_KINDS };

struct bounce_recipient {
	char *address;
	char *original;
	char *orcpt;
	int64_t tried_ms;             /* the last attempt; 0 none */
	int64_t until_ms;             /* REPORT_OF_DELAY: how long it is tried */
	struct reply reply;           /* NONE with the reply for REPORT_OF_RELAY */
	char *earlier;                /* what an earlier next hop said before it went on, for a person; "" */
};

struct bounce_job {
	uint64_t ticket;
	enum report_kind kind;        /* of all recipients */
	char *queue_id;
	char *sender;                 /* who gets the report */
	char *envid;
	enum dsn_ret ret;
	bool encode_8bit;             /* what is quoted: the report goes without bytes above 0x7f */
	int64_t arrival_ms;
	struct bounce_recipient *recipients;
	size_t recipient_count;
	struct span message;          /* inline; borrowed */
};

SHAPE_CODEC(peer)
SHAPE_CODEC(cloned)
SHAPE_CODEC(spawn)
SHAPE_CODEC(signing_key)
SHAPE_CODEC(refresh_job)
SHAPE_CODEC(refreshed)
SHAPE_CODEC(submission)
SHAPE_CODEC(submit)
SHAPE_CODEC(caller)
SHAPE_CODEC(submitted)
SHAPE_CODEC(query)
SHAPE_CODEC(sign_job)
SHAPE_CODEC(signed_fields)
SHAPE_CODEC(plan_job)
SHAPE_CODEC(plan)
SHAPE_CODEC(sts_job)
SHAPE_CODEC(sts_fetched)
SHAPE_CODEC(session)
SHAPE_CODEC(transcript_line)
SHAPE_CODEC(session_ready)
SHAPE_CODEC(delivery)
SHAPE_CODEC(outcome)
SHAPE_CODEC(session_end)
SHAPE_CODEC(bounce_job)

const char *role_name(enum role role);   /* "smtp" */

#endif
