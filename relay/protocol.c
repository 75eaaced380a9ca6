/* SPDX-License-Identifier: ISC */
#include "relay/protocol.h"

/* ---- the parent's frames ---- */

static const struct shape_field peer_fields[] = {
	FIELD_BELOW(peer, role, ROLE_COUNT),
	FIELD(peer, instance),
};
const struct shape peer_shape = SHAPE_OF(peer, peer_fields);

static const struct shape_field cloned_fields[] = {
	FIELD(cloned, instance),
	FIELD(cloned, pid),
};
const struct shape cloned_shape = SHAPE_OF(cloned, cloned_fields);

static const struct shape_field spawn_fields[] = {
	FIELD_BELOW(spawn, role, ROLE_COUNT),
	FIELD(spawn, ticket),
	FIELD(spawn, smarthost),
};
const struct shape spawn_shape = SHAPE_OF(spawn, spawn_fields);

static const struct shape_field signing_key_fields[] = {
	FIELD(signing_key, number),
	FIELD(signing_key, pem),
	FIELD(signing_key, domainkeys_pem),
	FIELD(signing_key, passphrase),
};
const struct shape signing_key_shape = SHAPE_OF(signing_key, signing_key_fields);

/* ---- logins by OAuth ---- */

static const struct shape_field refresh_job_fields[] = {
	FIELD(refresh_job, hop),
	FIELD(refresh_job, endpoint),
	FIELD(refresh_job, client_id),
	FIELD(refresh_job, proxy),
	FIELD(refresh_job, proxy_password),
	FIELD(refresh_job, client_secret),
	FIELD(refresh_job, refresh_token),
};
const struct shape refresh_job_shape = SHAPE_OF(refresh_job, refresh_job_fields);

enum { USABLE_MAX_S = 24 * 60 * 60 };

/* It is kept in a file, and stands in a SASL message. */
static bool refreshed_fits(const void *value)
{
	const struct refreshed *r = value;
	const struct span tokens[] = { r->access_token, r->refresh_token };

	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
		for (size_t at = 0; at < tokens[i].len; at++)
			if (tokens[i].at[at] <= ' ' || tokens[i].at[at] > '~')
				return false;
	return (r->access_token.len > 0) == (r->fault.kind == FAULT_NONE) && r->usable_s >= 0 && r->usable_s <= USABLE_MAX_S;
}

static const struct shape_field refreshed_fields[] = {
	FIELD_VALUE(refreshed, fault, fault),
	FIELD(refreshed, access_token),
	FIELD(refreshed, refresh_token),
	FIELD(refreshed, usable_s),
};
const struct shape refreshed_shape = SHAPE_OF(refreshed, refreshed_fields, .fits = refreshed_fits);

/* ---- submission ---- */

static const struct shape_field submission_recipient_fields[] = {
	FIELD(submission_recipient, address),
	FIELD(submission_recipient, original),
	FIELD(submission_recipient, notify),
	FIELD(submission_recipient, orcpt),
	FIELD(submission_recipient, refused),
	FIELD(submission_recipient, refused_status),
};
static const struct shape submission_recipient_shape = SHAPE_OF(submission_recipient, submission_recipient_fields);

static const struct shape_field submission_fields[] = {
	FIELD(submission, id),
	FIELD(submission, uid),
	FIELD(submission, part),
	FIELD(submission, queue_id),
	FIELD(submission, sender),
	FIELD(submission, envid),
	FIELD_BELOW(submission, ret, DSN_RET_HEADERS + 1),
	FIELD(submission, eight_bit),
	FIELD(submission, utf8),
	FIELD(submission, require_tls),
	FIELD(submission, tls_optional),
	FIELD(submission, no_data),
	FIELD(submission, bulk),
	FIELD(submission, from_domain),
	FIELD(submission, message_id),
	FIELD(submission, program),
	FIELD(submission, unit),
	FIELD(submission, container),
	FIELD(submission, arrival_ms),
	FIELD(submission, size_bytes),
	FIELD(submission, held),
	FIELD_ARRAY(submission, recipients, recipient_count, submission_recipient, 0),
	FIELD(submission, body_file),
	FIELD(submission, checksum),
	FIELD(submission, message),
};
const struct shape submission_shape = SHAPE_OF(submission, submission_fields);

static const struct shape_field submit_fields[] = {
	FIELD(submit, ticket),
	FIELD_ARRAY(submit, parts, count, submission, 0),
};
const struct shape submit_shape = SHAPE_OF(submit, submit_fields);

/* It goes into a header field. */
static bool caller_fits(const void *value)
{
	const struct caller *c = value;

	for (const char *texts[] = { c->from, c->with }, **text = texts; text < texts + 2; text++)
		for (const char *at = *text; *at; at++)
			if (*at < 0x20 || *at > 0x7e || at - *text >= CALLER_TEXT_MAX)
				return false;
	return true;
}

static const struct shape_field caller_fields[] = {
	FIELD(caller, uid),
	FIELD(caller, known),
	FIELD(caller, from),
	FIELD(caller, with),
};
const struct shape caller_shape = SHAPE_OF(caller, caller_fields, .fits = caller_fits);

static const struct shape_field submitted_fields[] = {
	FIELD(submitted, ticket),
	FIELD_VALUE(submitted, fault, fault),
	FIELD(submitted, queue_id),
};
const struct shape submitted_shape = SHAPE_OF(submitted, submitted_fields);

static const struct shape_field query_fields[] = {
	FIELD(query, ticket),
	FIELD(query, operation),
	FIELD(query, uid),
	FIELD(query, all),
	FIELD(query, argument),
};
const struct shape query_shape = SHAPE_OF(query, query_fields);

/* ---- signing ---- */

static const struct shape_field sign_job_fields[] = {
	FIELD(sign_job, ticket),
	FIELD(sign_job, from_domain),
	FIELD(sign_job, sender_domain),
	FIELD(sign_job, size_bytes),
	FIELD(sign_job, checksum),
	FIELD(sign_job, message),
};
const struct shape sign_job_shape = SHAPE_OF(sign_job, sign_job_fields);

static const struct shape_field signed_fields_fields[] = {
	FIELD(signed_fields, ticket),
	FIELD_VALUE(signed_fields, fault, fault),
	FIELD(signed_fields, fields),
	FIELD(signed_fields, keys),
	FIELD(signed_fields, note),
	FIELD(signed_fields, damaged),
};
const struct shape signed_fields_shape = SHAPE_OF(signed_fields, signed_fields_fields);

/* ---- planning ---- */

static const struct shape_field sts_known_fields[] = {
	FIELD(sts_known, wanted),
	FIELD(sts_known, id),
	FIELD(sts_known, policy),
	FIELD(sts_known, fresh),
	FIELD(sts_known, barred_id),
};
static const struct shape sts_known_shape = SHAPE_OF(sts_known, sts_known_fields);

static const struct shape_field plan_job_fields[] = {
	FIELD(plan_job, ticket),
	FIELD_BELOW(plan_job, kind, PLAN_KINDS),
	FIELD(plan_job, name),
	FIELD(plan_job, proxy),
	FIELD_VALUE(plan_job, sts, sts_known),
};
const struct shape plan_job_shape = SHAPE_OF(plan_job, plan_job_fields);

static const struct shape_field ip_address_fields[] = {
	FIELD(ip_address, family),
	FIELD(ip_address, bytes),
};

static bool is_address(const void *value)
{
	const struct ip_address *a = value;

	return a->family == 4 || a->family == 6;
}

static const struct shape ip_address_shape = SHAPE_OF(ip_address, ip_address_fields, .fits = is_address);

static const struct shape_field tlsa_fields[] = {
	FIELD(tlsa, usage),
	FIELD(tlsa, selector),
	FIELD(tlsa, matching),
	FIELD_DATA(tlsa, data, len),
};
static const struct shape tlsa_shape = SHAPE_OF(tlsa, tlsa_fields);

static const struct shape_field target_fields[] = {
	FIELD(target, host),
	FIELD(target, preference),
	FIELD(target, weight),
	FIELD(target, port),
	FIELD(target, implicit_tls),
	FIELD(target, secure),
	FIELD(target, mx_secure),
	FIELD(target, host_is_known),
	FIELD_ARRAY(target, addresses, address_count, ip_address, 0),
	FIELD_ARRAY(target, proxies, proxy_count, ip_address, 0),
	FIELD_TEXT_HERE(target, canonical),
	FIELD_BELOW(target, dane, DANE_FAILED + 1),
	FIELD(target, tlsa_base),
	FIELD_ARRAY(target, tlsa, tlsa_count, tlsa, 0),
	FIELD_VALUE(target, dane_fault, fault),
	FIELD_BELOW(target, sts, STS_ENFORCE + 1),
	FIELD(target, sts_listed),
};
static const struct shape target_shape = SHAPE_OF(target, target_fields);

static const struct shape_field plan_fields[] = {
	FIELD(plan, ticket),
	FIELD_VALUE(plan, fault, fault),
	FIELD(plan, mx_elsewhere),
	FIELD(plan, unconfirmed),
	FIELD_ARRAY(plan, targets, target_count, target, 0),
	FIELD(plan, sts_id),
	FIELD_ARRAY(plan, sts_addresses, sts_address_count, ip_address, 0),
};
const struct shape plan_shape = SHAPE_OF(plan, plan_fields);

/* ---- MTA-STS policies ---- */

static const struct shape_field sts_job_fields[] = {
	FIELD(sts_job, ticket),
	FIELD(sts_job, domain),
	FIELD(sts_job, port),
	FIELD_ARRAY(sts_job, addresses, address_count, ip_address, 0),
};
const struct shape sts_job_shape = SHAPE_OF(sts_job, sts_job_fields);

static const struct shape_field sts_fetched_fields[] = {
	FIELD(sts_fetched, ticket),
	FIELD_VALUE(sts_fetched, fault, fault),
	FIELD(sts_fetched, unable),
	FIELD(sts_fetched, policy),
	FIELD(sts_fetched, max_age_s),
};
const struct shape sts_fetched_shape = SHAPE_OF(sts_fetched, sts_fetched_fields);

/* ---- sessions ---- */

/* Family 0 is the kernel's choice. */
static bool is_source_ipv4(const void *value)
{
	const struct ip_address *a = value;

	return a->family == 0 || a->family == 4;
}

static bool is_source_ipv6(const void *value)
{
	const struct ip_address *a = value;

	return a->family == 0 || a->family == 6;
}

static const struct shape source_ipv4_shape = SHAPE_OF(ip_address, ip_address_fields, .fits = is_source_ipv4);
static const struct shape source_ipv6_shape = SHAPE_OF(ip_address, ip_address_fields, .fits = is_source_ipv6);

static const struct shape_field session_fields[] = {
	FIELD(session, hop),
	FIELD(session, domain),
	FIELD(session, port),
	FIELD(session, implicit_tls),
	FIELD_BELOW(session, tls, TLS_DANE + 1),
	FIELD(session, ca_file),
	FIELD(session, helo),
	FIELD(session, needs),
	{ SHAPE_AT(session, source[0]), .kind = SHAPE_VALUE, .of = &source_ipv4_shape },
	{ SHAPE_AT(session, source[1]), .kind = SHAPE_VALUE, .of = &source_ipv6_shape },
	FIELD_ARRAY(session, targets, target_count, target, 0),
	FIELD_ROOM(session, refused, refused_count, ip_address),
	FIELD(session, connections_max),
	FIELD(session, step_by_step),
	FIELD(session, transcript),
	FIELD_ARRAY(session, tickets, ticket_count, tls_ticket, TLS_TICKETS_MAX),
};
const struct shape session_shape = SHAPE_OF(session, session_fields);

static const struct shape_field transcript_line_fields[] = {
	FIELD(transcript_line, boot_ms),
	FIELD_BELOW(transcript_line, side, TRANSCRIPT_THEIRS + 1),
	FIELD(transcript_line, text),
};
const struct shape transcript_line_shape = SHAPE_OF(transcript_line, transcript_line_fields);

static const struct shape_field session_ready_fields[] = {
	FIELD(session_ready, relay),
	FIELD(session_ready, host),
	FIELD(session_ready, source),
	FIELD(session_ready, tls),
	FIELD(session_ready, connections),
	FIELD(session_ready, tls_summary),
	FIELD(session_ready, capabilities),
	FIELD(session_ready, size_limit),
	FIELD(session_ready, rcpt_max),
	FIELD_VALUE(session_ready, ticket, tls_ticket),
};
const struct shape session_ready_shape = SHAPE_OF(session_ready, session_ready_fields);

static const struct shape_field delivery_recipient_fields[] = {
	FIELD(delivery_recipient, id),
	FIELD(delivery_recipient, address),
	FIELD(delivery_recipient, notify),
	FIELD(delivery_recipient, orcpt),
	FIELD(delivery_recipient, original),
};
static const struct shape delivery_recipient_shape = SHAPE_OF(delivery_recipient, delivery_recipient_fields);

static const struct shape_field delivery_fields[] = {
	FIELD(delivery, ticket),
	FIELD(delivery, queue_id),
	FIELD(delivery, sender),
	FIELD(delivery, envid),
	FIELD_BELOW(delivery, ret, DSN_RET_HEADERS + 1),
	FIELD(delivery, eight_bit),
	FIELD(delivery, utf8),
	FIELD(delivery, require_tls),
	FIELD(delivery, whole),
	FIELD(delivery, no_data),
	FIELD(delivery, again),
	FIELD(delivery, size_bytes),
	FIELD(delivery, checksum),
	FIELD_ARRAY(delivery, recipients, recipient_count, delivery_recipient, 0),
	FIELD(delivery, fields),
	FIELD(delivery, message),
};
const struct shape delivery_shape = SHAPE_OF(delivery, delivery_fields);

static const struct shape_field recipient_outcome_fields[] = {
	FIELD(recipient_outcome, id),
	FIELD_VALUE(recipient_outcome, reply, reply),
	FIELD(recipient_outcome, unknown),
};
static const struct shape recipient_outcome_shape = SHAPE_OF(recipient_outcome, recipient_outcome_fields);

static const struct shape_field outcome_fields[] = {
	FIELD(outcome, ticket),
	FIELD(outcome, setup_ms),
	FIELD(outcome, transfer_ms),
	FIELD_ARRAY(outcome, recipients, recipient_count, recipient_outcome, 0),
};
const struct shape outcome_shape = SHAPE_OF(outcome, outcome_fields);

static const struct shape_field session_end_fields[] = {
	FIELD_BELOW(session_end, scope, SESSION_UNMET + 1),
	FIELD_VALUE(session_end, reply, reply),
	FIELD(session_end, connections),
	FIELD(session_end, pipelining_broken),
	FIELD(session_end, rcpt_max),
	FIELD(session_end, none_left),
};
const struct shape session_end_shape = SHAPE_OF(session_end, session_end_fields);

/* ---- bounces ---- */

static const struct shape_field bounce_recipient_fields[] = {
	FIELD(bounce_recipient, address),
	FIELD(bounce_recipient, original),
	FIELD(bounce_recipient, orcpt),
	FIELD(bounce_recipient, tried_ms),
	FIELD(bounce_recipient, until_ms),
	FIELD_VALUE(bounce_recipient, reply, reply),
	FIELD(bounce_recipient, earlier),
};
static const struct shape bounce_recipient_shape = SHAPE_OF(bounce_recipient, bounce_recipient_fields);

static const struct shape_field bounce_job_fields[] = {
	FIELD(bounce_job, ticket),
	FIELD_BELOW(bounce_job, kind, REPORT_KINDS),
	FIELD(bounce_job, queue_id),
	FIELD(bounce_job, sender),
	FIELD(bounce_job, envid),
	FIELD_BELOW(bounce_job, ret, DSN_RET_HEADERS + 1),
	FIELD(bounce_job, encode_8bit),
	FIELD(bounce_job, arrival_ms),
	FIELD_ARRAY(bounce_job, recipients, recipient_count, bounce_recipient, 0),
	FIELD(bounce_job, message),
};
const struct shape bounce_job_shape = SHAPE_OF(bounce_job, bounce_job_fields);

const char *role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = {
		"signetd", "pickup", "queue", "signer", "resolver", "smtp", "esmtp", "bounce", "sts", "local", "smtpd", "event", "oauth", "control",
	};

	return names[role];
}
