/* SPDX-License-Identifier: ISC */
/*
 * signetd - the parent of the roles: reads configuration, keys and passwords,
 * opens the sockets, begins the roles and keeps them. It parses nothing that
 * comes from elsewhere.
 */
#include "base/conf/ca_bundle.h"
#include "base/conf/config.h"
#include "base/conf/sendmail_owner.h"
#include "base/io.h"
#include "base/log.h"
#include "base/oauth_saved.h"
#include "base/log_socket.h"
#include "base/memory.h"
#include "relay/signetd/judge.h"
#include "relay/signetd/spool.h"
#include "relay/signetd/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

enum { DESCRIPTORS_WANTED = 65536, SUBMISSION_MODE = 0666, CONTROL_MODE = 0600 };

struct arguments {
	const char *file;        /* -C or SIGNET_CONFIG; NULL is the default */
	bool check;
};

struct running {
	struct judged judged;
	struct inherited held;
};

static void print_usage(FILE *to)
{
	fprintf(to, "usage: signetd [-f] [--check] [-C FILE]\n"
	            "  -C FILE    the configuration (else SIGNET_CONFIG, else %s)\n"
	            "  -f         stay in the foreground, as it always does\n"
	            "  --check    check the configuration, keys and passwords, and exit\n"
	            "  --version  say which version this is\n", CONFIG_DEFAULT_FILE);
}

static int read_arguments(int argc, char **argv, struct arguments *out)
{
	*out = (struct arguments){ .file = secure_getenv("SIGNET_CONFIG") };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-C") == 0 && i + 1 < argc) {
			out->file = argv[++i];
		} else if (strcmp(argv[i], "--check") == 0) {
			out->check = true;
		} else if (strcmp(argv[i], "-f") != 0 && strcmp(argv[i], "--foreground") != 0) {
			print_usage(stderr);
			return EX_USAGE;
		}
	}
	if (out->file && out->file[0] == '\0')
		out->file = NULL;
	return 0;
}

/* ---- start ---- */

static int check_only(const struct arguments *a)
{
	struct judged j;
	struct buf faults = { 0 };
	bool good = judge(a->file, &j, &faults) == 0;

	if (good) {
		good = judge_by_trial(&j, &faults) == 0;
		judged_free(&j);
	}
	fputs(buf_text(&faults), stderr);
	if (good && isatty(STDOUT_FILENO))
		printf("%s: signetd can work with it\n", a->file ? a->file : CONFIG_DEFAULT_FILE);
	buf_free(&faults);
	return good ? EX_OK : EX_CONFIG;
}

/* A file becomes descriptor 2, here and in every role. */
static int open_log(const char *target, struct fault *f)
{
	if (strcmp(target, "stderr") == 0 || strcmp(target, "syslog") == 0) {
		if (!log_open("signetd", target))
			fprintf(stderr, "signetd: nobody listens at %s; what is logged is lost until someone does, or log is set "
			        "to \"stderr\" or a file\n", LOG_SOCKET_SYSLOG);
		return 0;
	}
	int fd = open(target, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0) {
		fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot open the log %s (setting log): %s", target, strerror(errno));
		io_close(&fd);
		return -1;
	}
	io_close(&fd);
	log_open("signetd", "stderr");
	return 0;
}

static void prepare_process(void)
{
	struct rlimit limit;
	int fd;

	memory_expect_secrets();
	/* Standard descriptors that are closed would be taken by sockets. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	io_close(&fd);
	/* No core dump, and no ptrace by others, which a leak check needs. */
#ifndef SANITIZE
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* signetd begins without any of this: each fault is logged, and all else works. */
static void prepare_optional(const struct judged *j, struct inherited *held)
{
	const struct settings *s = &j->settings;
	bool uses_oauth = false;
	struct buf said = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < s->listen.count && i < LISTEN_PLACES_MAX; i++)
		if (held->listen[i] < 0 && (held->listen[i] = sockets_listen_smtp(s->listen.items[i], &f)) < 0)
			log_line(LOG_LEVEL_ERROR, "%s", f.text);
	for (size_t i = 0; i < s->smarthost_count; i++)
		uses_oauth |= smarthost_uses_oauth(&s->smarthosts[i]);
	if (uses_oauth && oauth_saved_make_folder(s->oauth_folder, geteuid(), getegid(), &f) < 0)
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
	if (geteuid() == 0 && !j->run_as.drop)
		log_line(LOG_LEVEL_WARNING, "the roles run as root; the setting user names a better one");
	if (ca_bundle_check(s, &f) < 0)
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
	if (j->nameless.kind != FAULT_NONE)
		log_line(LOG_LEVEL_WARNING, "%s", j->nameless.text);
	/* No fault: signet may live beside another mail server. User mode has a sendmail of its own. */
	if (s->user[0] != '\0' && !sendmail_owner_is_us(SENDMAIL_OWNER_PLACE, SENDMAIL_OWNER_PACKAGES, &said))
		log_line(LOG_LEVEL_INFO, "%s", buf_text(&said));
	buf_free(&said);
}

static int begin_work(const struct arguments *a, struct running *r)
{
	struct inherited *held = &r->held;
	struct buf faults = { 0 };
	struct fault f = { 0 };

	if (judge(a->file, &r->judged, &faults) < 0) {
		for (struct span rest = buf_span(&faults); rest.len > 0;) {
			struct span line = span_cut(&rest, '\n');
			log_line(LOG_LEVEL_ERROR, "%.*s", (int)line.len, line.at);
		}
		buf_free(&faults);
		return EX_CONFIG;
	}
	buf_free(&faults);
	const struct settings *s = &r->judged.settings;
	sockets_inherit(s, held);
	int result = open_log(s->log, &f);
	log_as_json(strcmp(s->log_format, "json") == 0);
	log_show_addresses(log_addresses_named(s->log_addresses));
	if (result == 0)
		result = spool_prepare(s, &r->judged.run_as, &f);
	/*
	 * The lock that came from before an execve is kept only if it is this spool's:
	 * the same file then refuses a second lock.
	 */
	if (result == 0 && !(held->lock >= 0 && spool_lock_is(held->lock, s))) {
		io_close(&held->lock);
		held->lock = spool_lock(s, &f);
		result = held->lock < 0 ? -1 : 0;
	}
	if (result == 0 && held->submission < 0)
		held->submission = sockets_listen(s->socket, SUBMISSION_MODE, &f);
	if (result == 0 && held->submission >= 0 && held->control < 0)
		held->control = sockets_listen(s->control, CONTROL_MODE, &f);
	if (result < 0 || held->submission < 0 || held->control < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return f.kind == FAULT_TEMPORARY ? EX_TEMPFAIL : EX_CONFIG;
	}
	prepare_optional(&r->judged, held);
	return EX_OK;
}

static int supervise(const struct running *r, const struct arguments *a, const char *path, char **argv)
{
	char *check_argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)"--check",
		a->file ? (char *)(uintptr_t)"-C" : NULL, (char *)(uintptr_t)a->file, NULL };
	struct supervisor_options options = {
		.starter = {
			.settings = &r->judged.settings, .secrets = &r->judged.secrets, .run_as = &r->judged.run_as,
			.routes = r->judged.routes, .held = &r->held,
		},
		.check_argv = check_argv,
	};

	log_line(LOG_LEVEL_INFO, "signet %s begins, spool %s", VERSION, r->judged.settings.spool);
	memory_give_back();
	struct fault f = { 0 };
	if (memory_lock_heap(&f) < 0 && memory_has_swap())
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
	enum supervisor_end end = supervisor_run(&options);
	if (end == SUPERVISOR_RELOAD) {
		sockets_bequeath(&r->held);
		execv(path, argv);
		log_line(LOG_LEVEL_ERROR, "cannot execute %s again: %s", path, strerror(errno));
		return EX_OSERR;
	}
	sockets_remove(&r->judged.settings, &r->held);
	log_line(LOG_LEVEL_INFO, "signet ends");
	return end == SUPERVISOR_CONFIG ? EX_CONFIG : EX_OK;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct running running = { .held = SOCKETS_NONE };

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("signetd %s\n", VERSION);
		return EX_OK;
	}
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_usage(stdout);
		return EX_OK;
	}
	int code = read_arguments(argc, argv, &arguments);
	if (code)
		return code;
	log_open("signetd", "stderr");
	/* Known now: an upgrade replaces the file, and the link then says "(deleted)". */
	char path[PATH_MAX] = "";
	if (readlink("/proc/self/exe", path, sizeof path - 1) <= 0)
		strcpy(path, "/proc/self/exe");
	if (arguments.check) {
		code = check_only(&arguments);
	} else {
		prepare_process();
		code = begin_work(&arguments, &running);
		if (code == EX_OK)
			code = supervise(&running, &arguments, path, argv);
		judged_free(&running.judged);
	}
	return code;
}
