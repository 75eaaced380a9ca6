/*
 * The owner's socket: any bytes, in two pieces, to the queue's control server
 * with a store behind it. Whatever is said is answered or the connection
 * ends; the first byte says where the pieces are cut.
 */
#include "relay/queue/commit.h"
#include "relay/queue/control_server.h"
#include "relay/queue/look.h"
#include "relay/queue/peers.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_message.h"
#include "relay/queue/upkeep.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* main.c's, which no role speaks to here. */
void queue_frame(struct queue *q, struct peer_channel *p, struct frame *frame)
{
	(void)q;
	(void)p;
	(void)frame;
}

void queue_peer_lost(struct queue *q, struct peer_channel *p)
{
	(void)q;
	(void)p;
}

static struct queue queue;
static struct settings settings;
static int parent_end;

static void put_message(struct store *s)
{
	struct submission m = { .uid = 7, .sender = "a@example.org", .envid = "", .from_domain = "", .message_id = "",
		.program = "", .held = "", .body_file = "", .message = SPAN("x") };
	struct store_recipient r = { .address = "b@example.net", .original = "", .orcpt = "", .due_ms = INT64_MAX / 2,
		.expires_ms = INT64_MAX };
	struct via by_mx = { .kind = VIA_NAMES, .names = { (char *[]){ "mx" }, 1 } };
	bool known;

	store_begin(s);
	store_put_message(s, &m, 1, &r.message, &known);
	r.destination = store_destination_id(s, "example.net", &by_mx, NULL);
	store_put_recipient(s, &r);
	store_put_waiting(s, r.message, 1, STORE_NEVER);
	if (store_commit(s, NULL) < 0)
		abort();
}

static char folder[] = "/tmp/signet-control-fuzz.XXXXXX";

static void remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	(void)!system(command);
}

static void begin(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct fault f;
	int pair[2];

	settings_defaults(&settings);
	queue.settings = &settings;
	queue.routes = routes_open(&settings, -1);
	queue.results_end = &queue.results;
	queue.control_listener = -1;
	queue.epoll = epoll_create1(0);
	if (mkdtemp(folder) == NULL || (queue.store = store_open(folder, &f)) == NULL)
		abort();
	atexit(remove_folder);
	put_message(queue.store);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	queue.parent = channel_new(pair[0]);
	parent_end = pair[1];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&any, sizeof any.sun_family) < 0 || listen(fd, 5) < 0)
		abort();
	control_listen(&queue, fd);
}

static void turn(void)
{
	struct epoll_event events[4];
	int n = epoll_wait(queue.epoll, events, 4, 0);

	upkeep_clock(&queue);
	for (int i = 0; i < n; i++) {
		struct source *source = events[i].data.ptr;
		source->ready(&queue, source, events[i].events);
	}
	commit_turn(&queue);
	look_pump(&queue);
	control_flush(&queue);
	channel_flush(queue.parent);
}

static void empty(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_un address;
	socklen_t len = sizeof address;

	if (queue.store == NULL)
		begin();
	if (size == 0 || size > 20000)
		return 0;
	size_t cut = data[0] < size ? data[0] : size;
	getsockname(queue.control_listener, (struct sockaddr *)&address, &len);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, len) < 0)
		abort();
	(void)!send(fd, data, cut, MSG_NOSIGNAL);
	turn();
	turn();
	(void)!send(fd, data + cut, size - cut, MSG_NOSIGNAL);
	turn();
	turn();
	empty(fd);
	close(fd);
	turn();
	turn();
	empty(parent_end);
	if (queue.control_count != 0 || queue.looks != NULL)
		abort();
	return 0;
}
