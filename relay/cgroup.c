/* SPDX-License-Identifier: ISC */
#include "relay/cgroup.h"

enum { ID_DIGITS = 64, SHOWN_DIGITS = 12 };

/* Names of containers: of the digits that an engine chose, or of a name that a person gave. */
static const struct container_form {
	const char *before, *after;
	const char *kind;
	bool has_id;
} forms[] = {
	{ "docker-", ".scope", "docker", true },
	{ "libpod-", ".scope", "podman", true },
	{ "libpod-", "", "podman", true },
	{ "cri-containerd-", ".scope", "containerd", true },
	{ "nerdctl-", ".scope", "containerd", true },
	{ "crio-", ".scope", "crio", true },
	{ "systemd-nspawn@", ".service", "nspawn", false },
	{ "machine-", ".scope", "nspawn", false },
	{ "lxc.payload.", "", "lxc", false },
};

/* Engines without systemd make a folder of their own, and the containers in it. */
static const struct { const char *folder, *kind; bool has_id; } folders[] = {
	{ "docker", "docker", true },
	{ "lxc", "lxc", false },
	{ "kubepods", "k8s", true },
};

/* As systemd has them in its unit names; besides, a name that ends in one of these is a unit. */
static const char *const unit_endings[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

static bool begins(struct span name, const char *with)
{
	size_t len = strlen(with);

	return name.len >= len && memcmp(name.at, with, len) == 0;
}

static bool ends(struct span name, const char *with)
{
	size_t len = strlen(with);

	return name.len >= len && memcmp(name.at + name.len - len, with, len) == 0;
}

static bool is_unit(struct span name)
{
	for (size_t i = 0; i < sizeof unit_endings / sizeof unit_endings[0]; i++)
		if (name.len > strlen(unit_endings[i]) && ends(name, unit_endings[i]))
			return true;
	return false;
}

static bool is_id(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
			return false;
	return text.len == ID_DIGITS;
}

/* ---- texts ---- */

/* Of our own making. */
static void add_text(char out[CGROUP_NAME_MAX + 1], const char *text)
{
	strncat(out, text, CGROUP_NAME_MAX - strlen(out));
}

static void add_name(char out[CGROUP_NAME_MAX + 1], struct span name)
{
	size_t len = strlen(out), room = CGROUP_NAME_MAX - len;

	for (size_t i = 0; i < name.len && i < room; i++) {
		char c = name.at[i];
		out[len++] = byte_is_letter_or_digit(c) || (c && strchr(":-_.\\@", c)) ? c : '?';
	}
	out[len] = '\0';
	if (name.len > room)
		out[CGROUP_NAME_MAX - 1] = '?';
}

/* ---- a path ---- */

struct walk {
	struct span folder;     /* the first component that is not a slice and means nothing by itself */
	struct span manager;    /* of a user, once the path has passed it */
};

struct found {
	const char *kind;
	struct span name;
};

static bool is_container(const struct walk *w, struct span name, struct found *out)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct span before = span_of(forms[i].before), after = span_of(forms[i].after);
		if (!begins(name, forms[i].before) || !ends(name, forms[i].after) || name.len <= before.len + after.len)
			continue;
		*out = (struct found){ forms[i].kind, { name.at + before.len, name.len - before.len - after.len } };
		if (!forms[i].has_id || is_id(out->name))
			return true;
	}
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		*out = (struct found){ folders[i].kind, name };
		if (span_eq(w->folder, span_of(folders[i].folder)) && (!folders[i].has_id || is_id(name)))
			return true;
	}
	*out = (struct found){ "container", name };
	return is_id(name);
}

/* True: nothing below it counts. */
static bool take_component(struct walk *w, struct span name, struct cgroup *out)
{
	struct found found;

	if (ends(name, ".slice"))
		return false;
	if (w->manager.at == NULL && begins(name, "user@") && ends(name, ".service")) {
		w->manager = name;
		add_name(out->unit, name);
	} else if (out->container[0] == '\0' && is_container(w, name, &found)) {
		if (w->manager.at) {
			out->unit[0] = '\0';
			add_name(out->container, w->manager);
			add_text(out->container, "/");
		}
		add_text(out->container, found.kind);
		add_text(out->container, ":");
		add_name(out->container, is_id(found.name) ? (struct span){ found.name.at, SHOWN_DIGITS } : found.name);
		return w->manager.at != NULL;
	} else if (is_unit(name)) {
		if (w->manager.at)
			add_text(out->unit, "/");
		add_name(out->unit, name);
		return true;
	} else if (w->folder.at == NULL) {
		w->folder = name;
	}
	return false;
}

static struct cgroup of_path(struct span path)
{
	struct cgroup out = { 0 };
	struct walk w = { 0 };
	static const char gone[] = " (deleted)";

	if (ends(path, gone))
		path.len -= sizeof gone - 1;
	while (path.len > 0) {
		struct span name = span_cut(&path, '/');
		/* pam_cgfs(8) gives each user the groups below /user/NAME. */
		if (span_eq(name, SPAN("..")) || span_eq(w.folder, SPAN("user")))
			return (struct cgroup){ 0 };
		if (name.len > 0 && take_component(&w, name, &out))
			break;
	}
	return out;
}

/* ---- the lines ---- */

void cgroup_parse(struct span text, struct cgroup *out)
{
	*out = (struct cgroup){ 0 };
	/* "0::/path", "1:name=systemd:/path", "4:cpu,cpuacct:/path": the first two kinds know the unit, if any line does. */
	for (int rank = 0; rank <= 2; rank++) {
		for (struct span rest = text; rest.len > 0;) {
			struct span path = span_cut(&rest, '\n');
			if (rest.at == NULL)
				break;                      /* cut short */
			span_cut(&path, ':');
			struct span controllers = span_cut(&path, ':');
			int of = controllers.len == 0 ? 0 : span_eq(controllers, SPAN("name=systemd")) ? 1 : 2;
			if (path.at == NULL || of != rank)
				continue;
			*out = of_path(path);
			if (out->unit[0] || out->container[0])
				return;
		}
	}
}

struct span cgroup_owner(const char *unit, const char *container)
{
	struct span text = span_of(container[0] ? container : unit);

	return span_cut(&text, '/');
}
