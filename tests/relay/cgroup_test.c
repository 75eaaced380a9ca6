/* SPDX-License-Identifier: ISC */
#include "relay/cgroup.h"
#include "tests/tap.h"

#include <stdlib.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "kubepods-burstable-pod1f2e3d4c_0000_4a5b_8c9d_0123456789ab.slice"

static const struct row {
	const char *what, *text, *unit, *container;
} rows[] = {
	{ "a service", "0::/system.slice/cron.service\n", "cron.service", "" },
	{ "an instance in a slice of its own", "0::/system.slice/system-app.slice/app@web1.service\n", "app@web1.service", "" },
	{ "a login", "0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", "" },
	{ "a timer's unit of a user",
	  "0::/user.slice/user-1000.slice/user@1000.service/app.slice/backup.service\n", "user@1000.service/backup.service", "" },
	{ "a user's unit with the name of one of root's",
	  "0::/user.slice/user-1000.slice/user@1000.service/cron.service\n", "user@1000.service/cron.service", "" },
	{ "a user's manager itself", "0::/user.slice/user-1000.slice/user@1000.service\n", "user@1000.service", "" },
	{ "what a unit makes below itself does not count",
	  "0::/system.slice/evil.service/system.slice/cron.service\n", "evil.service", "" },
	{ "nor does a container there", "0::/system.slice/evil.service/docker-" ID ".scope\n", "evil.service", "" },
	{ "the root", "0::/\n", "", "" },
	{ "PID 1", "0::/init.scope\n", "init.scope", "" },
	{ "a slice alone", "0::/system.slice\n", "", "" },
	{ "no name before the ending", "0::/.service\n", "", "" },

	{ "docker with systemd", "0::/system.slice/docker-" ID ".scope\n", "", "docker:0123456789ab" },
	{ "docker without systemd", "0::/docker/" ID "\n", "", "docker:0123456789ab" },
	{ "docker, version 1", "12:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n", "", "docker:0123456789ab" },
	{ "an id of 63 digits is not one", "0::/docker/123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", "", "" },
	{ "podman", "0::/machine.slice/libpod-" ID ".scope/container\n", "", "podman:0123456789ab" },
	{ "podman without systemd", "0::/libpod_parent/libpod-" ID "\n", "", "podman:0123456789ab" },
	{ "podman's monitor is not in the container", "0::/machine.slice/libpod-conmon-" ID ".scope\n",
	  "libpod-conmon-" ID ".scope", "" },
	{ "podman of a user", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container\n", "",
	  "user@1000.service/podman:0123456789ab" },
	{ "containerd in kubernetes", "0::/kubepods.slice/kubepods-burstable.slice/" POD "/cri-containerd-" ID ".scope\n", "",
	  "containerd:0123456789ab" },
	{ "cri-o in kubernetes", "0::/kubepods.slice/kubepods-burstable.slice/" POD "/crio-" ID ".scope\n", "", "crio:0123456789ab" },
	{ "kubernetes without systemd", "0::/kubepods/burstable/pod1f2e3d4c-0000-4a5b/" ID "\n", "", "k8s:0123456789ab" },
	{ "nerdctl", "0::/system.slice/nerdctl-" ID ".scope\n", "", "containerd:0123456789ab" },
	{ "another engine", "0::/actions_job/" ID "\n", "", "container:0123456789ab" },
	{ "nspawn", "0::/machine.slice/systemd-nspawn@web1.service/payload/system.slice/cron.service\n", "cron.service",
	  "nspawn:web1" },
	{ "a machine", "0::/machine.slice/machine-web\\x2d1.scope\n", "", "nspawn:web\\x2d1" },
	{ "lxc", "0::/lxc.payload.web1/system.slice/cron.service\n", "cron.service", "lxc:web1" },
	{ "lxc, as Proxmox has it", "0::/lxc/101/ns/system.slice/postfix.service\n", "postfix.service", "lxc:101" },
	{ "lxc's monitor is not in the container", "0::/lxc.monitor.web1\n", "", "" },
	{ "a container in a container", "0::/lxc/101/ns/docker/" ID "\n", "", "lxc:101" },

	{ "version 1", "3:cpu,cpuacct:/system.slice\n1:name=systemd:/system.slice/cron.service\n", "cron.service", "" },
	{ "both versions: version 2 says it", "1:name=systemd:/a.service\n0::/system.slice/b.service\n", "b.service", "" },
	{ "both versions: version 2 is not in use", "4:pids:/x.service\n1:name=systemd:/system.slice/cron.service\n0::/\n",
	  "cron.service", "" },
	{ "version 1 without systemd's own tree", "4:pids:/docker/" ID "\n", "", "docker:0123456789ab" },
	{ "colons in a path", "0::/system.slice/a:b.service\n", "a:b.service", "" },
	{ "a group that is gone", "0::/system.slice/cron.service (deleted)\n", "cron.service", "" },
	{ "out of our namespace", "0::/../../system.slice/cron.service\n", "", "" },
	{ "below /user all is the user's", "0::/user/bob/0/lxc/web1\n", "", "" },
	{ "odd bytes", "0::/system.slice/a b\001\377\"<>,.service\n", "a?b??????.service", "" },
	{ "odd bytes in a container", "0::/lxc/we b\n", "", "lxc:we?b" },
	{ "the line is cut short", "0::/system.slice/cron.service", "", "" },
	{ "no path", "0:\n", "", "" },
	{ "nothing", "", "", "" },
};

/* 4 KB in one component, in many, and of each byte there is. */
static void test_long(void)
{
	char text[8 * 1024] = "0::/system.slice/";
	size_t len = strlen(text);
	struct cgroup c;

	for (size_t i = 0; i < 4096; i++)
		text[len + i] = (char)(i % 255 + 1 == '\n' || i % 255 + 1 == '/' ? 'x' : i % 255 + 1);
	strcpy(text + len + 4096, ".service\n");
	cgroup_parse(span_of(text), &c);
	is_int(strlen(c.unit), CGROUP_NAME_MAX, "a name of 4 KB is cut");
	ok(c.unit[CGROUP_NAME_MAX - 1] == '?', "and says so at its end");
	ok(strspn(c.unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@?") == CGROUP_NAME_MAX,
	   "without an odd byte");

	for (size_t i = 0; i < 4096; i++)
		text[len + i] = i % 2 ? '/' : '\002';
	strcpy(text + len + 4096, "cron.service\n");
	cgroup_parse(span_of(text), &c);
	is_text(c.unit, "cron.service", "2048 folders");

	strcpy(text, "0::/user.slice/user@1000.service/");
	len = strlen(text);
	memset(text + len, 'a', 4096);
	strcpy(text + len + 4096, ".service\n");
	cgroup_parse(span_of(text), &c);
	is_int(strlen(c.unit), CGROUP_NAME_MAX, "a user's name of 4 KB is cut");
	is_span(cgroup_owner(c.unit, c.container), SPAN("user@1000.service"), "and stays the user's");

	strcpy(text, "0::/user.slice/user@");
	len = strlen(text);
	memset(text + len, '1', 4096);
	strcpy(text + len + 4096, ".service/cron.service\n");
	cgroup_parse(span_of(text), &c);
	ok(c.unit[CGROUP_NAME_MAX - 1] == '?', "a manager's name of 4 KB is not followed by another");
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(rows) + 7 + 4);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cgroup c;
		cgroup_parse(span_of(rows[i].text), &c);
		is_text(c.unit, rows[i].unit, "%s: unit", rows[i].what);
		is_text(c.container, rows[i].container, "%s: container", rows[i].what);
	}
	test_long();
	is_span(cgroup_owner("cron.service", ""), SPAN("cron.service"), "a unit counts as itself");
	is_span(cgroup_owner("cron.service", "lxc:web1"), SPAN("lxc:web1"), "a container counts as a whole");
	is_span(cgroup_owner("user@1000.service/a.service", ""), SPAN("user@1000.service"), "a user's units are one");
	is_span(cgroup_owner("", ""), SPAN(""), "not known");
	return tap_done();
}
