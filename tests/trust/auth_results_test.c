/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/auth_results.h"

/* "server | method=result (comment) "reason" name=value ...; ..." */
static const struct {
	const char *name, *value, *read;
} rows[] = {
	{ "RFC 8601 appendix B.1", "example.org 1; none", "example.org |" },
	{ "appendix B.2", "example.com;\r\n spf=pass smtp.mailfrom=example.net", "example.com | spf=pass smtp.mailfrom=example.net;" },
	{ "appendix B.3: two methods in one", "example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass "
	  "smtp.mailfrom=example.net", "example.com | auth=pass (cram-md5) smtp.auth=sender@example.net; spf=pass "
	  "smtp.mailfrom=example.net;" },
	{ "appendix B.5", "example.com;\r\n dkim=pass reason=\"good signature\"\r\n header.i=@mail-router.example.net;\r\n dkim=fail "
	  "reason=\"bad signature\"\r\n header.i=@newyork.example.com", "example.com | dkim=pass \"good signature\" "
	  "header.i=@mail-router.example.net; dkim=fail \"bad signature\" header.i=@newyork.example.com;" },
	{ "appendix B.6: comments everywhere", "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for "
	  "it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
	  "foo.example.net | dkim=fail (A dot can go here; like that; this surprised me; as I wasn't expecting it) "
	  "policy.expired=1362471462;" },
	{ "a version of the method", "mx.example.org; dkim/1=pass header.d=example.net", "mx.example.org | dkim=pass "
	  "header.d=example.net;" },
	{ "Gmail", "mx.google.com;\r\n       dkim=pass header.i=@example.net header.s=s1 header.b=AbCd;\r\n       spf=softfail (google.com: "
	  "domain of transitioning a@example.net does not designate 192.0.2.25 as permitted sender) smtp.mailfrom=a@example.net;\r\n"
	  "       dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=example.net", "mx.google.com | dkim=pass header.i=@example.net "
	  "header.s=s1 header.b=AbCd; spf=softfail (google.com: domain of transitioning a@example.net does not designate 192.0.2.25 as "
	  "permitted sender) smtp.mailfrom=a@example.net; dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=example.net;" },
	{ "Microsoft leaves the server out", "spf=pass (sender IP is 192.0.2.25)\r\n smtp.mailfrom=example.net; dkim=none (message not "
	  "signed)\r\n header.d=none;dmarc=bestguesspass action=none\r\n header.from=example.net;compauth=pass reason=109", " | spf=pass "
	  "(sender IP is 192.0.2.25) smtp.mailfrom=example.net; dkim=none (message not signed) header.d=none; dmarc=bestguesspass "
	  "action=none header.from=example.net; compauth=pass \"109\";" },
	{ "quoted, and upper case", "\"MX.Example.ORG\"; DKIM=PASS Header.D=\"example.net\"", "mx.example.org | dkim=pass "
	  "header.d=example.net;" },
	{ "an open comment", "mx.example.org; spf=fail (never ends", "mx.example.org | spf=fail (never ends);" },
	{ "an open quotation", "mx.example.org; spf=fail reason=\"never ends", "mx.example.org | spf=fail \"never ends\";" },
	{ "nested comments", "mx.example.org; spf=fail (a (b \\) c) d)", "mx.example.org | spf=fail (a (b ) c) d);" },
	{ "nothing but separators", ";;==;", NULL },
	{ "nothing", " \r\n ", NULL },
};

static void print(const struct auth_results *r, struct buf *out)
{
	buf_printf(out, "%s |", r->server);
	for (size_t i = 0; i < r->count; i++) {
		const struct auth_result *item = &r->items[i];
		buf_printf(out, " %s=%s", item->method, item->result);
		if (item->comment[0])
			buf_printf(out, " (%s)", item->comment);
		if (item->reason[0])
			buf_printf(out, " \"%s\"", item->reason);
		for (size_t k = 0; k < item->property_count; k++)
			buf_printf(out, " %s=%s", item->properties[k].name, item->properties[k].value);
		buf_add_byte(out, ';');
	}
}

static void fields(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct auth_results r;
		struct buf out = { 0 };
		bool read = auth_results_read(span_of(rows[i].value), &r);

		print(&r, &out);
		if (rows[i].read)
			is_text(buf_text(&out), rows[i].read, "%s", rows[i].name);
		else
			ok(!read, "%s", rows[i].name);
		auth_results_free(&r);
		buf_free(&out);
	}
}

static void bounds(void)
{
	struct buf value = { 0 };
	struct auth_results r;

	buf_add_text(&value, "mx.example.org");
	for (int i = 0; i < 1000; i++)
		buf_add_text(&value, "; spf=pass smtp.mailfrom=a");
	for (int i = 0; i < 1000; i++)
		buf_add_text(&value, " header.d=b");
	auth_results_read(buf_span(&value), &r);
	is_int(r.count, AUTH_RESULTS_MAX, "no more results than may be");
	ok(strcmp(auth_property(&r.items[0], "smtp.mailfrom"), "a") == 0, "a property");
	is_text(auth_property(&r.items[0], "header.d"), "", "one that is not there");
	auth_results_free(&r);

	buf_clear(&value);
	buf_add_text(&value, "mx.example.org; spf=pass");
	for (int i = 0; i < 1000; i++)
		buf_printf(&value, " (%0100d) x.y%d=%0500d", i, i, i);
	auth_results_read(buf_span(&value), &r);
	is_int(r.items[0].property_count, AUTH_PROPERTIES_MAX, "no more properties than may be");
	ok(strlen(r.items[0].comment) <= AUTH_TEXT_MAX && strlen(r.items[0].properties[0].value) == AUTH_TEXT_MAX, "nor longer texts");
	auth_results_free(&r);
	buf_free(&value);
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + 5);
	fields();
	bounds();
	return tap_done();
}
