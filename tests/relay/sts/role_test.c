/* SPDX-License-Identifier: ISC */
/* The real role against a real HTTPS server on loopback (tests/lab/https_server.py). */
#include "tests/relay/https_lab.h"
#include "tests/tap.h"

static const char certificates[] =
	". \"$1/tests/lab/certificates.sh\" && key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
	"openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=ca -days 30 || exit 1\n"
	"sign() { openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1 &&\n"
	"  printf 'subjectAltName=%s\\n' \"$2\" >$1.ext &&\n"
	"  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $1.pem -extfile $1.ext $3; }\n"
	"sign good DNS:mta-sts.example.test '-days 30' && sign wrong DNS:www.example.test '-days 30' &&\n"
	"sign wild 'DNS:*.example.test' '-days 30' && sign expired DNS:mta-sts.example.test \"$(certificate_expired)\" &&\n"
	"openssl req -x509 $key -keyout self.key -out self.pem -subj /CN=self -days 30 -addext subjectAltName=DNS:mta-sts.example.test\n";

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
#define POLICY "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmax_age: 86400\r\n"
#define PRINTED "version: STSv1\nmode: enforce\nmax_age: 86400\nmx: mx.example.test\n"

static const struct {
	const char *name, *certificate, *response, *mode;
	const char *policy;      /* "" for a fault: */
	const char *says;
} rows[] = {
	{ "a good one", "good", OK_HEAD POLICY, "", PRINTED, "" },
	{ "a wildcard certificate", "wild", OK_HEAD POLICY, "", PRINTED, "" },
	{ "chunks", "good", "HTTP/1.1 200 OK\r\nContent-Type: TEXT/PLAIN\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "2c\r\nversion: STSv1\nmode: none\nmax_age: 86400\nx: \r\n1\r\ny\r\n0\r\n\r\n", "", "version: STSv1\nmode: none\nmax_age: 86400\n", "" },
	{ "the certificate of another name", "wrong", OK_HEAD POLICY, "", "", "no alternative certificate subject name" },
	{ "an expired certificate", "expired", OK_HEAD POLICY, "", "", "certificate has expired" },
	{ "a self-signed certificate", "self", OK_HEAD POLICY, "", "", "self-signed" },
	{ "a redirect", "good", "HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "", "", "the server answers 301" },
	{ "not found", "good", "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n" POLICY, "", "", "the server answers 404" },
	{ "HTML", "good", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" POLICY, "", "", "not text/plain" },
	{ "no type", "good", "HTTP/1.1 200 OK\r\n\r\n" POLICY, "", "", "of type none" },
	{ "a policy that is none", "good", OK_HEAD "hello\n", "", "", "it has no version" },
	{ "nothing", "good", OK_HEAD, "", "", "it has no version" },
	{ "no HTTP", "good", "220 mail.example\r\n", "", "", "HTTP/0.9" },
	{ "closes", "good", "", "", "", "mta-sts.example.test/.well-known/mta-sts.txt" },
	{ "says nothing", "good", OK_HEAD POLICY, "stall", "", "timed out" },
	{ "without an end", "good", OK_HEAD POLICY, "endless", "", "longer than 65536 bytes" },
	{ "a header without an end", "good", "HTTP/1.1 200 OK\r\nX: y\r\n", "endless", "", "mta-sts.example.test" },
	{ "drips", "good", OK_HEAD POLICY, "drip", "", "timed out" },
};

static bool fetch(const char *path, const struct settings *s, const char *domain, const char *address, struct sts_fetched *out)
{
	struct started_role r = role_start_copy(path, ROLE_STS, s);
	struct ip_address a = { 0 };
	struct sts_job job = { .ticket = 7, .domain = (char *)(uintptr_t)domain, .port = port, .addresses = &a,
	                       .address_count = address[0] ? 1 : 0 };
	struct buf payload = { 0 };
	struct frame frame;

	*out = (struct sts_fetched){ 0 };
	ip_address_parse(span_of(address), &a);
	sts_job_encode(&job, &payload);
	channel_send(r.queue, FRAME_FETCH, buf_span(&payload), -1);
	bool answered = channel_receive(r.queue, &frame, clock_boot_ms() + 30000) == 1 && frame.type == FRAME_FETCHED &&
	                sts_fetched_decode(frame.payload, out) == 0;
	buf_free(&payload);
	int code = role_wait(&r);
	return answered && code == 0 && out->ticket == 7;
}

static void check(const char *path, const struct settings *s, size_t i)
{
	struct sts_fetched got;

	put("response", span_of(rows[i].response));
	put("mode", span_of(rows[i].mode));
	run("cp %1$s.pem server.pem && cp %1$s.key server.key", rows[i].certificate);
	ok(fetch(path, s, "example.test", "127.0.0.1", &got), "%s: an answer, confined", rows[i].name);
	is_text(got.policy ? got.policy : "", rows[i].policy, "%s: policy", rows[i].name);
	if (!ok(strstr(got.fault.text, rows[i].says) && (got.fault.text[0] != '\0') == (rows[i].says[0] != '\0'), "%s: why not",
	        rows[i].name))
		fprintf(stderr, "# it says: %s\n", got.fault.text);
	sts_fetched_free(&got);
}

int main(void)
{
	char path[200];
	struct settings s;
	struct sts_fetched got;
	struct buf ca = { 0 };

	if (!role_program("sts", path, sizeof path))
		return 0;
	tap_plan(67);
	https_lab_start("tests/lab/https_server.py", certificates);
	settings_defaults(&s);
	s.time_scale = 0.025;
	free(s.log);
	s.log = mem_text("stderr");
	buf_printf(&ca, "%s/ca.crt", folder);
	free(s.ca_file);
	s.ca_file = buf_take(&ca);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(path, &s, i);
	ok(fetch(path, &s, "example.test", "127.0.0.2", &got) && !got.unable, "nobody listens there");
	ok(strstr(got.fault.text, "Failed to connect") != NULL, "it says so: %s", got.fault.text);
	sts_fetched_free(&got);
	ok(fetch(path, &s, "example.test", "", &got), "no address is known");
	is_text(got.fault.text, "mta-sts.example.test has no address", "and so no name is looked up");
	sts_fetched_free(&got);
	ok(fetch(path, &s, "example.test/@evil", "127.0.0.1", &got), "no domain");
	ok(got.fault.kind != FAULT_NONE, "is refused: %s", got.fault.text);
	sts_fetched_free(&got);
	for (int i = 0; i < 2; i++) {
		free(s.ca_file);
		s.ca_file = mem_text(i == 0 ? "/nonexistent/ca.crt" : "/dev/null/ca.crt");
		put("response", span_of(OK_HEAD POLICY));
		put("mode", SPAN(""));
		ok(fetch(path, &s, "example.test", "127.0.0.1", &got), "no certificates to verify with: an answer, confined");
		ok(got.unable, "it is this host that cannot");
		ok(strstr(got.fault.text, "cannot read certificates from ca_file") != NULL, "it says why: %s", got.fault.text);
		sts_fetched_free(&got);
	}
	run("grep -q '^GET /.well-known/mta-sts.txt HTTP/1.1 Host: mta-sts.example.test' requests%s", "");
	ok(1, "it asks for the file of RFC 8461 by its name");
	https_lab_stop();
	settings_free(&s);
	return tap_done();
}
