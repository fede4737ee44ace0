/*
 * history-private.h - what history.c, history-jobs.c and calls-history.c share.
 */
#ifndef AIOT_HISTORY_PRIVATE_H
#define AIOT_HISTORY_PRIVATE_H

#include <uv.h>

#include "command.h"
#include "histdisk.h"
#include "history.h"

/*
 * A piece of the database to be read: runs whose names are meant (all when there are none) and of
 * which some part lies between since and until.
 */
struct aiot_histquery {
	uint64_t from, to; /* ids: from on up to and with `to`; back: below from, down to 1 */
	bool back;
	int64_t since_us, until_us;
	uint32_t left;	     /* back: how many more are looked for */
	uint32_t unresolved; /* back: bits of names of which no run was seen yet */
	uint64_t found;	     /* back: the last one that was found */
	bool end;	     /* there is nothing behind what was read */
};

/* Whether a run is one of those asked for; names it is called by are taken off `unresolved`. */
bool aiot_histquery_takes(struct aiot_histquery *q, struct aiot_json names,
			  const struct aiot_run *run);

enum ticket_state {
	TICKET_FREE,
	TICKET_WAITING,
	TICKET_RUNNING,
	TICKET_DONE,
};

/* Somebody who reads the database.  Who asked may be gone when the answer is there. */
struct aiot_histticket {
	uint32_t id;
	enum ticket_state state;
	struct aiot_histquery query; /* as asked; then as far as it got */
	char *names;		     /* JSON text */
	size_t names_len;
	char *runs; /* packed */
	size_t runs_len;
	int result;
	char why[256];
	uint64_t done_ns;
};

#define TICKETS 16u

enum job {
	JOB_NONE,
	JOB_WRITE,
	JOB_READ,
	JOB_CLOSE,
};

struct aiot_history {
	struct aiot_host *host;
	struct aiot_histring ring;
	void *mem; /* of the ring; NULL: nothing is kept */
	bool wants_disk;
	char why[512]; /* why it is not on disk though asked for; "": it is */
	uint64_t lost; /* runs that were overwritten before they were on disk */
	/* history-jobs.c; the database belongs to the job under way, if there is one */
	struct aiot_histdisk *disk; /* NULL: none */
	char *path;
	enum job job, last_job;
	uv_work_t work;
	uint64_t written; /* the last id on disk */
	uint64_t batch_last;
	char *batch;
	size_t batch_len;
	int result;
	char job_why[512];
	bool begun, due, failing, tried_last;
	uint32_t last_ticket;
	struct aiot_histticket tickets[TICKETS];
	struct aiot_histticket *reading;
	void (*done)(struct aiot_host *host);
};

/* A run came into the ring: have it written before long. */
void aiot_history_added(struct aiot_history *h);

/* Ask for a piece; a ticket, or 0: too many are reading.  names are copied. */
uint32_t aiot_history_ask(struct aiot_history *h, const struct aiot_histquery *query,
			  struct aiot_json names);
/*
 * NULL: nothing is known of the ticket, ask again.  Else its state says whether it is there yet;
 * once it is DONE it is to be given back with aiot_history_taken().
 */
struct aiot_histticket *aiot_history_ticket(struct aiot_history *h, uint32_t id);
void aiot_history_taken(struct aiot_histticket *ticket);

#endif
