/*
 * outcome.h - how a run ended: its result, or its error with the chain of awaits that led there.
 *
 * One block, taken from the owner's memory when it arises and holding copies of all it says, so
 * that it outlives the object file whose code failed.
 */
#ifndef AIOT_OUTCOME_H
#define AIOT_OUTCOME_H

#include "aiotools.h"
#include "config.h"
#include "json.h"

#define AIOT_RESULT_MAX (60u * 1024u) /* longest text or JSON result */
#define AIOT_RESULT_DEPTH 10	      /* deepest JSON result: a reply adds levels of its own */
#define AIOT_TRACE_MAX (AIOT_TEXT ? 32 : 8) /* frames kept in a traceback, the innermost ones */

enum aiot_outcome_type {
	AIOT_OUTCOME_INT,
	AIOT_OUTCOME_DECIMAL,
	AIOT_OUTCOME_TEXT,
	AIOT_OUTCOME_JSON,
	AIOT_OUTCOME_ERROR,
};

struct aiot_trace_line {
	const char *func,
		*file; /* point behind the outcome, into the same block; a board's: constants */
	uint32_t line;
};

#if AIOT_TEXT
struct aiot_outcome {
	uint32_t block_size;
	uint8_t type; /* enum aiot_outcome_type */
	uint8_t digits;
	uint16_t trace_count;
	int32_t code; /* ERROR: negative */
	uint32_t text_len;
	int64_t value;	  /* INT, DECIMAL */
	const char *text; /* TEXT, JSON, ERROR: terminated, in the same block; else "" */
	const struct aiot_trace_line *trace; /* ERROR: outermost first */
};
#else
/* A small board's: 16 bytes where pointers have four, then sites, then the text. */
struct aiot_outcome {
	union {
		int64_t value; /* INT, DECIMAL */
		int32_t code;  /* ERROR: negative */
	};
	const char *text; /* TEXT, JSON, ERROR: terminated, in the same block; else "" */
	uint16_t text_len;
	uint8_t type; /* enum aiot_outcome_type */
	union {
		uint8_t digits;	    /* DECIMAL */
		uint8_t site_count; /* ERROR */
	};
	const struct aiot_site *sites[]; /* innermost first */
};
#endif

struct aiot_core;

#if AIOT_OUTCOMES
/* Each returns a new block from the core's memory, or NULL when there is none left. */
struct aiot_outcome *aiot_outcome_value(struct aiot_core *core, enum aiot_outcome_type type,
					int64_t value, unsigned digits);
struct aiot_outcome *aiot_outcome_text(struct aiot_core *core, enum aiot_outcome_type type,
				       const char *text, size_t len);
/* chain: the innermost frame, followed through `caller`; NULL: only `site`.  Either may be NULL. */
struct aiot_outcome *aiot_outcome_error(struct aiot_core *core, int code, const char *text,
					size_t len, const struct aiot_frame *chain,
					const struct aiot_site *site);
/* NULL is fine. */
void aiot_outcome_free(struct aiot_core *core, struct aiot_outcome *outcome);

/* "EDOM", "EIO"; "Error" for what has no name here: the class of an error, for people. */
const char *aiot_error_word(int code);
#else
static inline struct aiot_outcome *aiot_outcome_value(struct aiot_core *core,
						      enum aiot_outcome_type type, int64_t value,
						      unsigned digits)
{
	(void)core;
	(void)type;
	(void)value;
	(void)digits;
	return NULL;
}

static inline struct aiot_outcome *aiot_outcome_text(struct aiot_core *core,
						     enum aiot_outcome_type type, const char *text,
						     size_t len)
{
	(void)core;
	(void)type;
	(void)text;
	(void)len;
	return NULL;
}

/* The words go to the log instead. */
struct aiot_outcome *aiot_outcome_error(struct aiot_core *core, int code, const char *text,
					size_t len, const struct aiot_frame *chain,
					const struct aiot_site *site);

static inline void aiot_outcome_free(struct aiot_core *core, struct aiot_outcome *outcome)
{
	(void)core;
	(void)outcome;
}

static inline const char *aiot_error_word(int code)
{
	(void)code;
	return "Error";
}
#endif

/* {"function":...,"file":...,"line":...} as member `key`; nothing when site is NULL. */
void aiot_site_json(const struct aiot_site *site, struct aiot_json_out *json, const char *key);

/*
 * As a JSON member `key`: the value itself, or for an error
 * {"error":"EDOM","code":-33,"message":..., "traceback":[{"function":...,"file":...,"line":...}]}.
 * NULL writes null.
 */
void aiot_outcome_json(const struct aiot_outcome *outcome, struct aiot_json_out *json,
		       const char *key);

#endif
