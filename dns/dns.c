/* SPDX-License-Identifier: ISC */
#include "dns/dns.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/utf8.h"
#include "dns/dns_anchor.h"
#include "dns/dns_file.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unbound.h>
#include <unistd.h>

enum { CLASS_IN = 1, RCODE_NXDOMAIN = 3, LEAST_PATIENCE_MS = 50 };

static const char resolv_conf_file[] = "/etc/resolv.conf";
static const char hosts_file[] = "/etc/hosts";

/* How the DNS is looked at; see "looking again" below. */
struct view {
	bool forward;
	bool validate;
	const char *description;
};

struct query {
	TAILQ_ENTRY(query) entry;
	struct dns *dns;
	char *name;
	int type;
	dns_callback *done;
	void *context;
	int64_t deadline_ms;
	bool asked;              /* libunbound knows it, as id; else it is held until a view is decided */
	int id;
	int error;               /* libunbound's, when answered */
	struct ub_result *result;
};

TAILQ_HEAD(query_list, query);

struct dns {
	const struct settings *settings;
	struct system_names system;
	struct stat resolv_conf, hosts;   /* zeroed: not there */
	struct text_list forwarders;      /* borrowed */
	struct text_list anchors;         /* one record each */
	const struct view *view, *last_view;
	bool proved;                      /* the view is known to be right, or there is no other */
	struct ub_ctx *ctx;
	int epoll_fd, timer_fd;
	int64_t patience_ms;
	struct query_list open;           /* by deadline */
	struct query_list answered;
	struct query *probe;              /* while it runs, it is in neither list, and questions are held */
	bool probe_answered;
	bool closing;
};

static const struct {
	int type;
	const char *name;
} type_names[] = {
	{ DNS_A, "A" }, { DNS_NS, "NS" }, { DNS_CNAME, "CNAME" }, { DNS_PTR, "PTR" }, { DNS_MX, "MX" },
	{ DNS_TXT, "TXT" }, { DNS_AAAA, "AAAA" }, { DNS_SRV, "SRV" }, { DNS_TLSA, "TLSA" }, { DNS_DNSKEY, "DNSKEY" },
};

static const char *type_name(int type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return "record";
}

/* ---- the files read at the start ---- */

/* libc goes on without them, and so do we. */
static void read_system(struct dns *d)
{
	struct buf text = { 0 };
	struct fault f = { 0 };

	if (dns_file_read(resolv_conf_file, &text, &d->resolv_conf, &f) == 0)
		system_read_resolv_conf(&d->system, buf_span(&text));
	buf_clear(&text);
	if (dns_file_read(hosts_file, &text, &d->hosts, &f) == 0)
		system_read_hosts(&d->system, buf_span(&text));
	buf_free(&text);
	if (f.kind != FAULT_NONE)
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
}

static bool is_another(const char *path, const struct stat *was)
{
	struct stat is;

	if (stat(path, &is) < 0)
		return was->st_ino != 0;
	return is.st_ino != was->st_ino || is.st_dev != was->st_dev || is.st_size != was->st_size ||
	       is.st_mtim.tv_sec != was->st_mtim.tv_sec || is.st_mtim.tv_nsec != was->st_mtim.tv_nsec;
}

bool dns_system_changed(const struct dns *d)
{
	return is_another(resolv_conf_file, &d->resolv_conf) || is_another(hosts_file, &d->hosts);
}

const struct text_list *dns_mx_allow(const struct dns *d)
{
	return &d->settings->mx_allow;
}

const struct system_names *dns_system(const struct dns *d)
{
	return &d->system;
}

/* ---- libunbound's contexts ---- */

/* The library's defaults are a stub's: 16 sockets, and faults remembered for long. */
static const struct {
	const char *name, *value;
} options[] = {
	{ "do-not-query-localhost:", "no" },
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	{ "outgoing-range:", "256" },
	{ "num-queries-per-thread:", "4096" },
	{ "jostle-timeout:", "1000" },
	{ "cache-max-negative-ttl:", "300" },
	{ "cache-max-ttl:", "600" },
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
};

_Static_assert(DNS_NEGATIVE_S == 300 && DNS_POSITIVE_S == 600, "the options say the same");

static int libunbound_fault(struct fault *f, const char *what, const char *value, int error)
{
	return fault_set(f, FAULT_TEMPORARY, "4.3.5", "libunbound refuses %s \"%s\": %s", what, value,
	                 ub_strerror(error));
}

static int add_forwarders(const struct dns *d, struct ub_ctx *ctx, struct fault *f)
{
	bool configured = d->forwarders.items == d->settings->forwarders.items;

	for (size_t i = 0; i < d->forwarders.count; i++) {
		const char *server = d->forwarders.items[i];
		int error = ub_ctx_set_fwd(ctx, server);
		if (error && configured)
			return libunbound_fault(f, "the forwarder", server, error);
		if (error)
			log_line(LOG_LEVEL_WARNING, "%s: name server %s is left out: %s", resolv_conf_file, server,
			         ub_strerror(error));
	}
	return 0;
}

static int add_stub_zones(const struct dns *d, struct ub_ctx *ctx, bool validate, struct fault *f)
{
	for (size_t i = 0; i < d->settings->stub_zone_count; i++) {
		const struct stub_zone *z = &d->settings->stub_zones[i];
		int error = 0;
		for (size_t k = 0; k < z->servers.count && !error; k++)
			error = ub_ctx_set_stub(ctx, z->zone, z->servers.items[k], 0);
		if (!error && validate && !dns_anchor_covers(&d->anchors, z->zone))
			error = ub_ctx_set_option(ctx, "domain-insecure:", z->zone);
		if (error)
			return libunbound_fault(f, "the stub zone", z->zone, error);
	}
	return 0;
}

/* The forwarders, stub zones and trust anchors that d->view asks for. */
static int set_up_context(struct dns *d, struct fault *f)
{
	int error;

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		error = ub_ctx_set_option(d->ctx, options[i].name, options[i].value);
		if (error)
			return libunbound_fault(f, options[i].name, options[i].value, error);
	}
	if (d->view->forward && add_forwarders(d, d->ctx, f) < 0)
		return -1;
	if (add_stub_zones(d, d->ctx, d->view->validate, f) < 0)
		return -1;
	for (size_t i = 0; d->view->validate && i < d->anchors.count; i++) {
		error = ub_ctx_add_ta(d->ctx, d->anchors.items[i]);
		if (error)
			return libunbound_fault(f, "the trust anchor", d->anchors.items[i], error);
	}
	/*
	 * Removing the built-in zone also makes libunbound take in all that was said,
	 * so a malformed trust anchor is found here and not at the first question.
	 * "test." is asked like any name: a lab's stub zone may lie there.
	 */
	error = ub_ctx_zone_remove(d->ctx, "test.");
	if (error)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "libunbound does not start: %s; is the trust anchor file "
		                 "well-formed?", ub_strerror(error));
	return 0;
}

static int watch_fd(int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int open_view(struct dns *d, const struct view *v, struct fault *f)
{
	d->view = v;
	d->ctx = ub_ctx_create();
	if (d->ctx == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "libunbound does not start: %s", strerror(errno));
	ub_ctx_debugout(d->ctx, NULL);
	ub_ctx_async(d->ctx, 1);
	if (set_up_context(d, f) < 0)
		return -1;
	if (watch_fd(d->epoll_fd, ub_fd(d->ctx)) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "epoll: %s", strerror(errno));
	return 0;
}

/* ---- asking and answering ---- */

static void arm_timer(struct dns *d)
{
	struct query *first = TAILQ_FIRST(&d->open);
	int64_t at_ms = first ? first->deadline_ms : INT64_MAX;

	if (d->probe && d->probe->deadline_ms < at_ms)
		at_ms = d->probe->deadline_ms;
	struct itimerspec when = { 0 };
	if (at_ms != INT64_MAX) {
		when.it_value.tv_sec = at_ms / 1000;
		when.it_value.tv_nsec = (long)(at_ms % 1000) * 1000000 + 1;
	}
	timerfd_settime(d->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void query_free(struct query *q)
{
	if (q->result)
		ub_resolve_free(q->result);
	free(q->name);
	free(q);
}

/* libunbound's callback: called within ub_process, so nothing but noting it is done here. */
static void note_answer(void *context, int error, struct ub_result *result)
{
	struct query *q = context;
	struct dns *d = q->dns;

	q->error = error;
	q->result = result;
	q->asked = false;
	if (q == d->probe) {
		d->probe_answered = true;
		return;
	}
	TAILQ_REMOVE(&d->open, q, entry);
	TAILQ_INSERT_TAIL(&d->answered, q, entry);
}

/* An error comes as an answer, too. */
static void ask_query(struct dns *d, struct query *q)
{
	int error = ub_resolve_async(d->ctx, q->name, q->type, CLASS_IN, q, note_answer, &q->id);

	if (error)
		note_answer(q, error, NULL);
	else
		q->asked = true;
}

static void take_back_query(struct dns *d, struct query *q)
{
	if (q->asked)
		ub_cancel(d->ctx, q->id);
	q->asked = false;
}

static struct query *query_new(struct dns *d, const char *name, int type, int64_t patience_ms)
{
	struct query *q = mem_alloc(sizeof *q);

	q->dns = d;
	q->name = mem_text(name);
	q->type = type;
	q->deadline_ms = clock_boot_ms() + patience_ms;
	return q;
}

static void hold_by_deadline(struct dns *d, struct query *q)
{
	struct query *at = TAILQ_LAST(&d->open, query_list);

	while (at && at->deadline_ms > q->deadline_ms)
		at = TAILQ_PREV(at, query_list, entry);
	if (at)
		TAILQ_INSERT_AFTER(&d->open, at, q, entry);
	else
		TAILQ_INSERT_HEAD(&d->open, q, entry);
}

static int64_t scaled_patience(const struct settings *s, int64_t patience_ms)
{
	return clock_scaled_ms(s->time_scale > 0 ? s->time_scale : 1, patience_ms, LEAST_PATIENCE_MS);
}

int dns_start(struct dns *d, const char *name, enum dns_type type, dns_callback *done, void *context,
              struct fault *f)
{
	return dns_start_within(d, name, type, DNS_PATIENCE_MS, done, context, f);
}

int dns_start_within(struct dns *d, const char *name, enum dns_type type, int64_t patience_ms, dns_callback *done,
                     void *context, struct fault *f)
{
	if (!dns_name_is_valid(name))
		return fault_set(f, FAULT_PERMANENT, "5.1.2", "\"%s\" is not a domain name%s", name,
		                 utf8_is_ascii(span_of(name)) ? "" : " the DNS knows; its A-labels (xn--) would be");
	if (d->closing)
		return fault_set(f, FAULT_TEMPORARY, "4.4.3", "the resolver is ending");
	struct query *q = query_new(d, name, (int)type, scaled_patience(d->settings, patience_ms));
	q->done = done;
	q->context = context;
	hold_by_deadline(d, q);
	if (d->probe == NULL)
		ask_query(d, q);
	arm_timer(d);
	return 0;
}

static void judge_answer(const struct query *q, struct fault *f)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };
	const struct ub_result *r = q->result;
	const char *type = type_name(q->type);

	if (q->error || r == NULL)
		fault_set(f, FAULT_TEMPORARY, "4.4.3", "DNS look-up of %s %s failed: %s", type, q->name,
		          ub_strerror(q->error));
	else if (r->bogus)  /* before looking at the data: they are there, too */
		fault_set(f, FAULT_TEMPORARY, "4.4.3", "DNS answer for %s %s is forged or its zone is broken (DNSSEC): %s",
		          type, q->name, r->why_bogus ? r->why_bogus : "bogus");
	else if (r->rcode != 0 && r->rcode != RCODE_NXDOMAIN)
		fault_set(f, FAULT_TEMPORARY, "4.4.3", "DNS look-up of %s %s failed: the name servers say %s", type, q->name,
		          r->rcode > 0 && (size_t)r->rcode < sizeof rcodes / sizeof rcodes[0] ? rcodes[r->rcode] : "an error");
}

static char *canonical_name(const struct query *q)
{
	const char *from = q->result && q->result->canonname ? q->result->canonname : q->name;
	char *name = mem_text(from);
	size_t len = strlen(name);

	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	for (char *c = name; *c; c++)
		*c = byte_lower(*c);
	return name;
}

static void deliver_answer(struct query *q)
{
	struct dns_answer a = { 0 };
	struct ub_result *r = q->result;

	judge_answer(q, &a.fault);
	a.bogus = !q->error && r && r->bogus;
	a.canonical = canonical_name(q);
	if (a.fault.kind == FAULT_NONE) {
		size_t count = 0;
		while (r->havedata && r->data[count])
			count++;
		a.records = mem_resize(NULL, count + 1, sizeof *a.records);
		for (size_t i = 0; i < count; i++)
			a.records[i] = (struct span){ r->data[i], (size_t)r->len[i] };
		a.count = count;
		a.nxdomain = r->rcode == RCODE_NXDOMAIN || r->nxdomain;
		a.secure = r->secure;
		a.ttl_s = r->ttl > 0 ? (uint32_t)r->ttl : 0;
	}
	a.owner = r;
	q->result = NULL;
	q->done(q->context, &a);
	query_free(q);
}

static void give_up_query(struct query *q, const char *why)
{
	struct dns_answer a = { 0 };

	fault_set(&a.fault, FAULT_TEMPORARY, "4.4.3", "DNS look-up of %s %s failed: %s", type_name(q->type), q->name,
	          why);
	a.canonical = canonical_name(q);
	q->done(q->context, &a);
	query_free(q);
}

void dns_answer_free(struct dns_answer *a)
{
	free(a->canonical);
	free(a->records);
	if (a->owner)
		ub_resolve_free(a->owner);
	*a = (struct dns_answer){ 0 };
}

/*
 * ---- looking again ----
 *
 * Many forwarders drop signatures: all would look forged through them. So the
 * first bogus answer raises a question whose true answer is signed for sure,
 * the root's keys. If that validates, bogus is bogus. If not, the next view is
 * tried: going to the root ourselves, and where that is barred, the
 * forwarders unvalidated.
 */
static const struct view views[] = {
	{ true,  true,  "asking the forwarders and validating" },
	{ false, true,  "going to the root and validating" },
	{ true,  false, "asking the forwarders, unvalidated: DANE is off" },
	{ false, false, "going to the root, unvalidated: DANE is off" },
};

enum { FORWARD_VALIDATED, RECURSE_VALIDATED, FORWARD_ONLY, RECURSE_ONLY };

static void choose_views(struct dns *d, const struct view **first)
{
	bool forwards = d->forwarders.count > 0, validates = d->anchors.count > 0, has_root = false;
	int at = forwards ? (validates ? FORWARD_VALIDATED : FORWARD_ONLY) : (validates ? RECURSE_VALIDATED : RECURSE_ONLY);

	for (size_t i = 0; i < d->anchors.count; i++)
		has_root |= dns_anchor_owner(d->anchors.items[i]).len == 0;
	*first = d->last_view = &views[at];
	if (at == FORWARD_VALIDATED && has_root)
		d->last_view = &views[FORWARD_ONLY];
	d->proved = d->last_view == *first;
}

static void start_probe(struct dns *d)
{
	d->probe = query_new(d, ".", DNS_DNSKEY, d->patience_ms / 2);
	d->probe_answered = false;
	ask_query(d, d->probe);
}

static void ask_held(struct dns *d)
{
	struct query *q, *next;

	for (q = TAILQ_FIRST(&d->open); q; q = next) {
		next = TAILQ_NEXT(q, entry);
		if (!q->asked)
			ask_query(d, q);
	}
}

static void next_view(struct dns *d)
{
	struct fault f = { 0 };
	struct query *q;

	TAILQ_FOREACH(q, &d->open, entry)
		take_back_query(d, q);
	ub_ctx_delete(d->ctx);
	if (open_view(d, d->view + 1, &f) < 0) {
		/* A role that cannot look up names is of no use: its parent starts another. */
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		abort();
	}
	d->proved = d->view == d->last_view;
	if (!d->proved) {
		start_probe(d);
		return;
	}
	log_line(LOG_LEVEL_WARNING, "DNS: the name servers in use drop signatures and the root cannot be reached, or the trust anchor %s is out of "
	         "date (signet check --only dns.anchor --all): %s", dns_anchor_file(d->settings), d->view->description);
	ask_held(d);
}

/* The probe was answered or its time is up. */
static void settle_probe(struct dns *d)
{
	struct query *p = d->probe, *q, *next;
	bool secure = p->result && p->result->secure && !p->result->bogus;
	bool silent = !d->probe_answered;

	take_back_query(d, p);
	d->probe = NULL;
	query_free(p);
	if (secure) {
		d->proved = true;
		if (d->view != &views[FORWARD_VALIDATED])
			log_line(LOG_LEVEL_INFO, "DNS: the name servers in use drop signatures: %s", d->view->description);
		ask_held(d);
	} else if (silent && d->view->forward) {
		/* The network may be down: nothing was learnt. */
		for (q = TAILQ_FIRST(&d->open); q; q = next) {
			next = TAILQ_NEXT(q, entry);
			if (q->asked)
				continue;
			TAILQ_REMOVE(&d->open, q, entry);
			give_up_query(q, "no answer that could be validated");
		}
	} else {
		next_view(d);
	}
}

/* ---- the turn of events ---- */

static void deliver_answered(struct dns *d)
{
	struct query *q;

	while ((q = TAILQ_FIRST(&d->answered))) {
		TAILQ_REMOVE(&d->answered, q, entry);
		bool is_doubted = !d->proved && q->result && q->result->bogus;
		if (is_doubted) {
			ub_resolve_free(q->result);
			q->result = NULL;
			hold_by_deadline(d, q);
			if (d->probe == NULL)
				start_probe(d);
		} else {
			deliver_answer(q);
		}
	}
}

void dns_process(struct dns *d)
{
	uint64_t expirations;
	struct query *q;

	if (read(d->timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN && errno != EINTR)
		abort();
	ub_process(d->ctx);
	deliver_answered(d);
	int64_t now_ms = clock_boot_ms();
	if (d->probe && (d->probe_answered || d->probe->deadline_ms <= now_ms))
		settle_probe(d);
	while ((q = TAILQ_FIRST(&d->open)) && q->deadline_ms <= now_ms) {
		TAILQ_REMOVE(&d->open, q, entry);
		take_back_query(d, q);
		give_up_query(q, "no answer in time");
	}
	deliver_answered(d);
	arm_timer(d);
}

int dns_fd(const struct dns *d)
{
	return d->epoll_fd;
}

struct waiting {
	struct dns_answer *answer;
	bool done;
};

static void stop_waiting(void *context, struct dns_answer *answer)
{
	struct waiting *w = context;

	*w->answer = *answer;
	w->done = true;
}

void dns_ask(struct dns *d, const char *name, enum dns_type type, struct dns_answer *out)
{
	struct waiting w = { .answer = out };

	*out = (struct dns_answer){ 0 };
	if (dns_start(d, name, type, stop_waiting, &w, &out->fault) < 0) {
		out->canonical = mem_text(name);
		return;
	}
	while (!w.done) {
		struct pollfd p = { .fd = d->epoll_fd, .events = POLLIN };
		if (poll(&p, 1, (int)d->patience_ms) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
}

/* ---- beginning and end ---- */

struct dns *dns_new(const struct settings *s, struct fault *f)
{
	struct dns *d = mem_alloc(sizeof *d);
	const struct view *first;
	int result = 0;

	d->settings = s;
	d->patience_ms = scaled_patience(s, DNS_PATIENCE_MS);
	TAILQ_INIT(&d->open);
	TAILQ_INIT(&d->answered);
	read_system(d);
	d->forwarders = s->forwarders.count > 0 ? s->forwarders : d->system.servers;
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	d->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->epoll_fd < 0 || d->timer_fd < 0 || watch_fd(d->epoll_fd, d->timer_fd) < 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "no descriptors for DNS: %s", strerror(errno));
	if (result == 0)
		result = dns_anchor_load(d->settings, &d->anchors, f);
	if (result == 0) {
		choose_views(d, &first);
		result = open_view(d, first, f);
	}
	if (result == 0)
		return d;
	dns_free(d);
	return NULL;
}

static void give_up_all(struct query_list *list)
{
	struct query *q;

	while ((q = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, q, entry);
		give_up_query(q, "the resolver is ending");
	}
}

void dns_free(struct dns *d)
{
	if (d == NULL)
		return;
	d->closing = true;
	if (d->ctx)
		ub_ctx_delete(d->ctx);
	if (d->probe)
		query_free(d->probe);
	give_up_all(&d->open);
	give_up_all(&d->answered);
	text_list_free(&d->anchors);
	system_names_free(&d->system);
	io_close(&d->epoll_fd);
	io_close(&d->timer_fd);
	free(d);
}

/* ---- the root's keys ---- */

struct root_asked {
	struct buf *message;
	struct fault *fault;
	bool done;
};

static void take_root_keys(void *context, struct dns_answer *a)
{
	struct root_asked *asked = context;
	const struct ub_result *r = a->owner;

	asked->done = true;
	if (a->fault.kind != FAULT_NONE)
		*asked->fault = a->fault;
	else if (r && r->answer_packet && r->answer_len > 0)
		buf_add(asked->message, r->answer_packet, (size_t)r->answer_len);
	dns_answer_free(a);
}

int dns_root_keys(const struct settings *s, int64_t patience_ms, struct buf *message, struct fault *f)
{
	static char no_anchor[] = "/dev/null";
	struct settings unvalidated = *s;     /* what it points to is borrowed */
	struct root_asked asked = { .message = message, .fault = f };

	unvalidated.trust_anchor_file = no_anchor;
	*f = (struct fault){ 0 };
	struct dns *d = dns_new(&unvalidated, f);
	if (d == NULL)
		return -1;
	struct query *q = query_new(d, ".", DNS_DNSKEY, scaled_patience(s, patience_ms));
	q->done = take_root_keys;
	q->context = &asked;
	hold_by_deadline(d, q);
	ask_query(d, q);
	arm_timer(d);
	while (!asked.done) {
		struct pollfd p = { .fd = d->epoll_fd, .events = POLLIN };
		if (poll(&p, 1, (int)d->patience_ms) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
	dns_free(d);
	return f->kind == FAULT_NONE ? 0 : -1;
}
