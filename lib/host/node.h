/*
 * node.h - a board on a serial line, taken in: `[Node]` in an INI file.
 *
 * The node is a service like others, but built in: its main task NAME.service keeps up the
 * conversation with the board, and may be stopped (the line is free then) and started.  The tasks
 * of the board are entries NAME:TASK of a place of their own, which show what it told last.
 *
 *	          opened             greeted
 *	CLOSED ----------> GREETING ----------> TALKING
 *	   ^                |    ^                |
 *	   |  device gone   |    |  no answer,    |
 *	   +----------------+    |  reset         |     another protocol
 *	   |                     +----------------+   (from GREETING) ------> REFUSED
 *	   +--------------------------------------+
 *
 * node.c is the service, node-line.c the device, node-talk.c the conversation, node-hear.c the
 * answers.  node-mirror.c makes entries of what they tell of tasks, node-show.c shows the rest of
 * it, node-log.c takes over the log.  node-place.c has the place and its orders, node-forward.c the
 * calls that only the board can answer.  All of it runs on the loop's thread, within steps of the
 * task or orders.  The files share node-private.h.
 */
#ifndef AIOT_NODE_H
#define AIOT_NODE_H

#include <sys/types.h>

#include "host.h"
#include "mirror.h"
#include "serial.h"

#define AIOT_NODE_NAME_MAX 31	  /* leaves as much for the names of its tasks */
#define AIOT_NODE_TASKS_MAX 1024  /* MaxTasks at most */
#define AIOT_NODE_LINE 1025	  /* of a request, its Ctrl-U included */
#define AIOT_NODE_INPUT 8192	  /* of an answer */
#define AIOT_NODE_FORWARDS 8	  /* calls under way to one board */
#define AIOT_NODE_PAGES_MAX 16384 /* bytes of the answer to one of them */
#define AIOT_NODE_WHY 200
#define AIOT_NODE_CURSOR 48

extern const struct aiot_service aiot_service_node;

/* What a board's task says of its service; ops->origin of the core. */
bool aiot_node_origin(struct aiot_entry *entry, struct aiot_json_out *json);

enum aiot_node_stage {
	AIOT_NODE_CLOSED,
	AIOT_NODE_GREETING,
	AIOT_NODE_TALKING,
	AIOT_NODE_REFUSED, /* what answers is of another protocol */
};

/* What the present exchange is about. */
enum aiot_node_topic {
	AIOT_NODE_NOTHING,
	AIOT_NODE_HELLO,
	AIOT_NODE_ORDER,
	AIOT_NODE_FORWARD,
	AIOT_NODE_LOOK, /* what a forward has made of its task */
	AIOT_NODE_STATUS,
	AIOT_NODE_LOG,
	AIOT_NODE_POLL,
};

enum aiot_node_order {
	AIOT_ORDER_NONE,
	AIOT_ORDER_START,
	AIOT_ORDER_STOP,
	AIOT_ORDER_RESTART,
};

/* Whether records of its log may be of a run before the board's present one. */
enum aiot_node_former {
	AIOT_FORMER_NONE,
	AIOT_FORMER_MAYBE,
	AIOT_FORMER_SURE,
};

/* One of the board's tasks. */
struct aiot_node_task {
	struct aiot_entry entry;
	char long_name[(AIOT_NAME_MAX + 8) & ~7]; /* the entry's, if it is not short */
	struct aiot_node *node;
	struct aiot_node_task *next; /* link: aiot_node.tasks, in the order of their coming */
	struct aiot_before before;   /* what the board told before */
	struct aiot_told told;	     /* what it told last, but for the outcome */
	bool seen;		     /* by the pass under way */
	uint8_t order;		     /* enum aiot_node_order: not answered yet */
	uint8_t ordered;	     /* the last one, until its effect has been told */
	bool keep_schedule;	     /* of a stop */
	uint64_t order_seq;	     /* whose turn it is */
	uint64_t ordered_ns;
	/* schedule, by this core's clock; AIOT_CORE_NEVER: not known */
	bool scheduled;
	uint64_t due_ns;
	char *text; /* the board's own words for it, an object; NULL: none */
	uint32_t text_len;
	struct aiot_site longest; /* where its longest step began; points into sites */
	char sites[160];
};

/* A call that the board answers; kept until it is asked for, or its place is needed. */
struct aiot_node_forward {
	uint64_t ticket; /* 0: free */
	bool sent, answered, done;
	bool failed;  /* pages is a sentence */
	char *method; /* and behind it, in one block, its parameters */
	char *params;
	char *pages; /* objects, one behind the other, each with a NUL */
	uint32_t pages_len;
	char task[AIOT_NAME_MAX + 1]; /* as the board calls it */
};

struct aiot_node_line; /* node-line.c */

struct aiot_node {
	/* options */
	const char *device;
	uint32_t baud, max_tasks, refresh_ms;
	/* stats */
	const char *board, *version, *reset, *error;
	uint32_t boots, connects, resets, tasks, requests, retries, noise;
	uint64_t lines, lost;
	int64_t round_trip_ms; /* thousandths of a millisecond */
	/* who it is */
	struct aiot_host *host;
	struct aiot_core *core;
	struct aiot_task *task;
	char name[AIOT_NODE_NAME_MAX + 1];
	char label[AIOT_NODE_NAME_MAX + 16]; /* "node 'board'" */
	char board_text[64], version_text[32], reset_text[64], error_text[AIOT_NODE_WHY];
	/* the place */
	struct aiot_place place;
	struct aiot_spec_block block; /* of all its tasks */
	struct aiot_node_task *first;
	bool told_full; /* that there are more tasks than it takes */
	bool told_odd;	/* that some have impossible names */
	bool told_mute; /* that nothing of them can be had */
	uint64_t next_order;
	/* the conversation */
	struct aiot_event kick;
	struct aiot_node_line *line;
	struct aiot_serial serial;
	enum aiot_node_stage stage;
	enum aiot_node_topic topic;
	uint64_t asked_ns;	/* when the present exchange began */
	uint32_t asked_retries; /* the line's counter then */
	struct {
		uint32_t requests, retries, noise;
	} earlier;		   /* of the lines before this one */
	uint64_t quiet_ns;	   /* nothing is asked before */
	uint64_t poll_ns;	   /* no Poll before */
	uint64_t open_ns;	   /* when to look for the device again */
	bool page_due;		   /* the call under way has a next page */
	bool look_up;		   /* a poll comes before more of the log */
	enum aiot_node_topic left; /* what ended without an answer; NOTHING: none */
	const char *doubt;	   /* why nobody knows whether it was done; NULL: it was not */
	uint64_t burst_ns;	   /* when the present second began */
	uint32_t burst;		   /* exchanges since */
	uint32_t pages;		   /* of the pass under way */
	bool away;		   /* nothing is heard of it */
	uint64_t away_ns;	   /* since when */
	char why[AIOT_NODE_WHY];
	uint64_t told_ns;	 /* when that was logged last; 0: never */
	uint32_t other_protocol; /* that was told; 0: none */
	/* clocks */
	bool has_offset;
	bool ask_clock;	   /* the next poll is to be answered at once */
	int64_t offset_ns; /* ours - the board's */
	uint64_t board_us; /* the board's clock, when it was heard last */
	/* what is known of the board's tasks and log */
	bool stale_tasks, stale_log, plain_status;
	uint64_t refreshed_ns;
	uint32_t poll_change, poll_seq;
	enum aiot_node_former former;
	uint64_t last_mono_us;	       /* of the record read last, by the board's clock */
	char cursor[AIOT_NODE_CURSOR]; /* of the record read last; "": none */
	struct aiot_node_task *asked;  /* of the order under way; NULL: it left meanwhile */
	/* node-forward.c */
	struct aiot_node_forward forwards[AIOT_NODE_FORWARDS];
	uint64_t next_ticket;
	char line_buffer[AIOT_NODE_LINE];
	char input_buffer[AIOT_NODE_INPUT];
};

#endif
