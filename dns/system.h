/* SPDX-License-Identifier: ISC */
/*
 * system - what this machine's own files say about names: resolv.conf(5) and
 * hosts(5). Pure readers; who opens the files is dns/dns.c.
 *
 * Lines that make no sense are skipped, as libc does. Bounds: 8 name servers,
 * 8 search domains, 10,000 host names.
 */
#ifndef DNS_SYSTEM_H
#define DNS_SYSTEM_H

#include "base/text_list.h"
#include "dns/target.h"

struct system_host {
	char *name;                  /* lower case, no final dot */
	struct ip_address address;
};

struct system_names {
	struct text_list servers;    /* "nameserver", as written; a scope (%eth0) may follow */
	struct text_list search;     /* "search" or "domain": the last such line counts */
	struct system_host *hosts;
	size_t host_count;
};

void system_names_free(struct system_names *s);
void system_read_resolv_conf(struct system_names *s, struct span text);
void system_read_hosts(struct system_names *s, struct span text);

/* Appends the addresses of name to an owned array; how many there were. At most max in all. */
size_t system_find_host(const struct system_names *s, const char *name, struct ip_address **addresses,
                        size_t *count, size_t max);

#endif
