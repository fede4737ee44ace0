/*
 * accept.c - the sockets that the server listens on, and who is let in.
 *
 * Sockets are accepted here and not by uv_listen(): that way a refused or broken connection costs
 * nothing, and running out of descriptors is survived: one is kept in reserve, given up to accept
 * whoever waits: an admin, who has to mend it, is served, and others are sent away.  When accept
 * fails for want of anything else, the listener pauses instead of spinning, and the server's clock
 * resumes it.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aiotools.h>

#include "mem.h"

#define ADMIN_SLOTS 2	  /* beyond max_clients, for who has to mend it */
#define LINGERING_MAX 16  /* refused connections that are told so at a time */
#define ACCEPTS_A_TURN 16 /* then other work comes first */
#define PAUSE_MS 100	  /* when accept fails for want of something */

struct listener {
	uv_poll_t poll;	       /* first */
	struct aiot_link link; /* server.listeners */
	struct aiot_server *server;
	struct aiot_listen socket;
	bool paused;
};

static struct listener *listener_of(struct aiot_link *link)
{
	return (struct listener *)(void *)((char *)link - offsetof(struct listener, link));
}

/* Who may do nothing must not keep out those who may. */
uint32_t aiot_server_strangers_max(const struct aiot_server *server)
{
	uint32_t max = server->limits.max_clients / 4;

	return max ? max : 1;
}

/* What to do with one more client of that role: 1 serve, 0 tell it that it is one too many, -1
 * drop. */
static int admit(const struct aiot_server *server, enum aiot_role role)
{
	uint32_t max = server->limits.max_clients;

	if (role == AIOT_ROLE_ADMIN)
		max += ADMIN_SLOTS;
	if (server->counts.clients < max &&
	    (role != AIOT_ROLE_NONE || server->strangers < aiot_server_strangers_max(server)))
		return 1;
	return server->lingering < LINGERING_MAX ? 0 : -1;
}

static void welcome(struct aiot_server *server, int fd)
{
	enum aiot_role role = aiot_role_of_socket(&server->rules, fd);
	int admitted = admit(server, role);

	if (admitted < 0 || aiot_conn_open(server, fd, role, admitted == 0) < 0) {
		(void)close(fd);
		admitted = 0;
	}
	if (admitted > 0)
		server->counts.accepted++;
	else
		server->counts.refused++;
}

/* ---- accepting ---- */

void aiot_server_open_spare(struct aiot_server *server)
{
	if (server->spare_fd < 0)
		server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void pause_listener(struct listener *l)
{
	l->paused = true;
	(void)uv_poll_stop(&l->poll);
	aiot_server_due(l->server, uv_now(l->server->loop) + PAUSE_MS);
}

/*
 * No descriptors are left: who waits is let in with the spare one.  An admin keeps it, as long as
 * he is there: it comes back with his connection's end.
 */
static void turn_away(struct listener *l)
{
	struct aiot_server *server = l->server;
	int fd;

	if (server->spare_fd >= 0)
		(void)close(server->spare_fd);
	server->spare_fd = -1;
	fd = accept4(l->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0 && aiot_role_of_socket(&server->rules, fd) == AIOT_ROLE_ADMIN) {
		welcome(server, fd);
	} else if (fd >= 0) {
		(void)close(fd);
		server->counts.refused++;
	}
	aiot_server_open_spare(server);
	if (fd < 0 || server->spare_fd < 0)
		pause_listener(l);
}

/* Whether there may be more to accept. */
static bool accept_one(struct listener *l)
{
	int fd = accept4(l->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		welcome(l->server, fd);
		return true;
	}
	switch (errno) {
	case EINTR:
	case ECONNABORTED:
		return true;
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
		turn_away(l);
		return !l->paused;
	default:
		pause_listener(l);
		return false;
	}
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
	struct listener *l = (struct listener *)poll;
	int i;

	(void)events;
	if (status < 0)
		pause_listener(l);
	for (i = 0; i < ACCEPTS_A_TURN && !l->paused && accept_one(l); i++)
		;
}

static int start_listener(struct listener *l)
{
	l->paused = false;
	return uv_poll_start(&l->poll, UV_READABLE, on_connections);
}

static void listener_closed(uv_handle_t *handle)
{
	struct listener *l = (struct listener *)handle;
	struct aiot_server *server = l->server;

	aiot_mem_free(l);
	aiot_server_handle_closed(server);
}

/* The socket goes at once, so that a successor may come; the handle when uv is through with it. */
static void close_listener(struct listener *l)
{
	aiot_list_remove(&l->link);
	uv_close((uv_handle_t *)&l->poll, listener_closed);
	aiot_listen_close(&l->socket);
}

static int refuse_listener(struct listener *l, int code, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "cannot listen: %s", uv_strerror(code));
	aiot_listen_close(&l->socket);
	aiot_mem_free(l);
	return code;
}

/* Takes l with its socket, which it closes on failure. */
static int serve(struct aiot_server *server, struct listener *l, char *why, size_t why_size)
{
	int r = uv_poll_init(server->loop, &l->poll, l->socket.fd);

	if (r < 0)
		return refuse_listener(l, r, why, why_size);
	l->server = server;
	server->open_handles++;
	aiot_list_append(&server->listeners, &l->link);
	(void)start_listener(l); /* fails for bad arguments only */
	return 0;
}

static struct listener *create_listener(char *why, size_t why_size)
{
	struct listener *l = aiot_mem_zalloc(sizeof(*l));

	if (l == NULL)
		(void)snprintf(why, why_size, "cannot listen: no memory");
	return l;
}

int aiot_server_listen(struct aiot_server *server, const char *path, char *why, size_t why_size)
{
	struct listener *l = create_listener(why, why_size);
	int r;

	if (l == NULL)
		return -AIOT_ENOMEM;
	r = aiot_listen_open(path, &l->socket, why, why_size);
	if (r < 0) {
		aiot_mem_free(l);
		return r;
	}
	return serve(server, l, why, why_size);
}

int aiot_server_adopt(struct aiot_server *server, int fd, char *why, size_t why_size)
{
	struct listener *l = create_listener(why, why_size);
	int r = -AIOT_ENOMEM;

	if (l != NULL)
		r = aiot_listen_adopt(fd, &l->socket, why, why_size);
	if (r < 0) {
		(void)close(fd);
		aiot_mem_free(l);
		return r;
	}
	return serve(server, l, why, why_size);
}

void aiot_server_resume_listeners(struct aiot_server *server)
{
	struct aiot_link *link;

	aiot_server_open_spare(server);
	for (link = server->listeners.next; link != &server->listeners; link = link->next) {
		if (listener_of(link)->paused)
			(void)start_listener(listener_of(link));
	}
}

void aiot_server_close_listeners(struct aiot_server *server)
{
	while (!aiot_list_empty(&server->listeners))
		close_listener(listener_of(server->listeners.next));
}
