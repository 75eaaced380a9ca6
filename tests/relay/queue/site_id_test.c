/* SPDX-License-Identifier: ISC */
/*
 * What is one site and what is two: a row is what a destination leads to.
 */
#include "relay/queue/site_id.h"
#include "tests/tap.h"

static struct tlsa ta = { .usage = TLSA_DANE_TA }, ee = { .usage = TLSA_DANE_EE };

#define HOST(...) { .host = (char *)(uintptr_t)__VA_ARGS__ }
#define A HOST("a.example")
#define B HOST("b.example")

static struct row {
	unsigned site;           /* rows of one number are one site */
	const char *what;
	struct site_way way;
	struct target targets[2];
	size_t count;
} rows[] = {
	{ 1, "two hosts", { .domain = "x.example", .setting = TLS_MAY }, { A, B }, 2 },
	{ 1, "in another order, for another domain", { .domain = "y.example", .setting = TLS_MAY }, { B, A }, 2 },
	{ 1, "of other preferences", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .preference = 10), HOST("b.example", .preference = 20) }, 2 },
	{ 1, "with answers that are signed, not the names", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .secure = true), B }, 2 },
	{ 2, "one of them", { .domain = "x.example", .setting = TLS_MAY }, { A }, 1 },
	{ 3, "twice", { .domain = "x.example", .setting = TLS_MAY }, { A, A }, 2 },
	{ 4, "its name signed", { .domain = "x.example", .setting = TLS_MAY }, { HOST("a.example", .mx_secure = true) }, 1 },
	{ 4, "the same for another domain", { .domain = "y.example", .setting = TLS_MAY },
	  { HOST("a.example", .mx_secure = true) }, 1 },
	{ 5, "tls=encrypt", { .domain = "x.example", .setting = TLS_ENCRYPT }, { A }, 1 },
	{ 6, "tls=verify", { .domain = "x.example", .setting = TLS_VERIFY }, { A }, 1 },
	{ 7, "tls=verify, for a certificate of another domain", { .domain = "y.example", .setting = TLS_VERIFY }, { A }, 1 },
	{ 8, "MTA-STS", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .sts = STS_ENFORCE, .sts_listed = true) }, 1 },
	{ 8, "MTA-STS of another domain", { .domain = "y.example", .setting = TLS_MAY },
	  { HOST("a.example", .sts = STS_ENFORCE, .sts_listed = true) }, 1 },
	{ 9, "MTA-STS, testing", { .domain = "x.example", .setting = TLS_MAY }, { HOST("a.example", .sts = STS_TESTING) }, 1 },
	{ 10, "not in the policy", { .domain = "x.example", .setting = TLS_MAY }, { HOST("a.example", .sts = STS_ENFORCE) }, 1 },
	{ 11, "DANE", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_USABLE, .tlsa = &ee, .tlsa_count = 1) }, 1 },
	{ 11, "DANE for another domain", { .domain = "y.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_USABLE, .tlsa = &ee, .tlsa_count = 1) }, 1 },
	{ 12, "DANE-TA, whose certificate may name the domain", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_USABLE, .tlsa = &ta, .tlsa_count = 1) }, 1 },
	{ 13, "or another domain", { .domain = "y.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_USABLE, .tlsa = &ta, .tlsa_count = 1) }, 1 },
	{ 14, "DANE that is of no use", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_UNUSABLE) }, 1 },
	{ 15, "DANE that cannot be learnt", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example", .dane = DANE_FAILED) }, 1 },
	{ 16, "tls=dane, and none there", { .domain = "x.example", .setting = TLS_DANE }, { A }, 1 },
	{ 17, "alone", { .domain = "x.example", .setting = TLS_MAY, .alone = 7 }, { A }, 1 },
	{ 18, "alone, another", { .domain = "x.example", .setting = TLS_MAY, .alone = 8 }, { A }, 1 },
	{ 19, "a smarthost", { .smarthost = "isp", .domain = "x.example" }, { A }, 1 },
	{ 19, "with other hosts", { .smarthost = "isp", .domain = "y.example" }, { B }, 1 },
	{ 20, "a smarthost alone", { .smarthost = "isp", .alone = 7 }, { A }, 1 },
	{ 21, "a smarthost called as a host", { .smarthost = "a.example" }, { A }, 1 },

	/* names that look like more than they are */
	{ 22, "a name with a blank", { .domain = "x.example", .setting = TLS_MAY }, { HOST("a.example b.example") }, 1 },
	{ 23, "a name with the words of the log", { .domain = "x.example", .setting = TLS_MAY },
	  { HOST("a.example (mta-sts enforce)") }, 1 },
	{ 24, "a smarthost with the word", { .smarthost = "isp alone 7" }, { A }, 1 },
};

int main(void)
{
	tap_plan(497);
	enum { ROWS = sizeof rows / sizeof rows[0] };
	struct site_id ids[ROWS], copy;

	for (size_t i = 0; i < ROWS; i++)
		site_id_make(&rows[i].way, rows[i].targets, rows[i].count, &ids[i]);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k <= i; k++)
			is_int(site_id_eq(&ids[i], &ids[k]), rows[i].site == rows[k].site, "%s: the site of %s, or not", rows[i].what,
			       rows[k].what);
	site_id_copy(&ids[0], &copy);
	ok(site_id_eq(&copy, &ids[1]) && !site_id_eq(&copy, &ids[4]), "a copy is the same");
	site_id_free(&copy);
	for (size_t i = 0; i < ROWS; i++)
		site_id_free(&ids[i]);
	return tap_done();
}
