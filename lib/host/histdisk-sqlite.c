/*
 * histdisk-sqlite.c - histdisk.h on SQLite.
 *
 * Called by history.c at start, then by one job at a time on a thread of the loop's pool.  One
 * table; ids are the host's and ascend.  Bounded: the oldest eighth goes when the file is nearly as
 * large as it may be.  Believes nothing of what it reads: others may have had the file.
 */
#include "histdisk.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aiotools.h"
#include "json.h"
#include "mem.h"
#include "name.h"
#include "outcome.h"
#include "past.h"
#include "savefile.h"
#include "trust.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x41494f54 /* "AIOT" */
#define PAGE_BYTES 4096
#define BUSY_MS 2000 /* for somebody with sqlite3 on the command line */

struct aiot_histdisk {
	sqlite3 *db;
	sqlite3_stmt *insert;
	uint64_t max_pages;
	bool aside;
	char path[PATH_MAX];
};

const char *aiot_histdisk_library(void)
{
	return "SQLite " SQLITE_VERSION;
}

/* ---- errors ---- */

static int code_of(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -AIOT_EBADMSG;
	case SQLITE_NOMEM:
		return -AIOT_ENOMEM;
	case SQLITE_FULL:
		return -AIOT_ENOSPC;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return -AIOT_EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -AIOT_EBUSY;
	default:
		return -AIOT_EIO;
	}
}

static int failed(struct aiot_histdisk *disk, int sqlite_code, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "'%s': %s", disk->path,
		       disk->db ? sqlite3_errmsg(disk->db) : sqlite3_errstr(sqlite_code));
	return code_of(sqlite_code);
}

static int run_sql(struct aiot_histdisk *disk, const char *sql)
{
	return sqlite3_exec(disk->db, sql, NULL, NULL, NULL);
}

/* The one number that a statement gives. */
static int ask(struct aiot_histdisk *disk, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int r = sqlite3_prepare_v2(disk->db, sql, -1, &stmt, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_step(stmt);
	if (r == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return r == SQLITE_ROW ? SQLITE_OK : r == SQLITE_DONE ? SQLITE_ERROR : r;
}

/* ---- opening ---- */

static void shut(struct aiot_histdisk *disk)
{
	(void)sqlite3_finalize(disk->insert);
	(void)sqlite3_close_v2(disk->db);
	disk->insert = NULL;
	disk->db = NULL;
}

static int set_up(struct aiot_histdisk *disk)
{
	char sql[64];
	int r;

	(void)sqlite3_busy_timeout(disk->db, BUSY_MS);
	(void)run_sql(disk, "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
	r = run_sql(disk, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			  "PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576;"
			  "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -256;"
			  "PRAGMA trusted_schema = OFF");
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %llu",
		       (unsigned long long)disk->max_pages);
	return r == SQLITE_OK ? run_sql(disk, sql) : r;
}

static int make_table(struct aiot_histdisk *disk)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
		       "BEGIN IMMEDIATE;"
		       "CREATE TABLE runs(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
		       " start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,"
		       " outcome TEXT NOT NULL, kind INTEGER NOT NULL, value TEXT,"
		       " cut INTEGER NOT NULL);"
		       "PRAGMA application_id = %d; PRAGMA user_version = %d;"
		       "COMMIT",
		       APPLICATION_ID, SCHEMA_VERSION);
	return run_sql(disk, sql);
}

/* A new one gets its table.  *ret_foreign: it is somebody else's; *ret_other: of another version.
 */
static int look(struct aiot_histdisk *disk, bool *ret_foreign, bool *ret_other)
{
	int64_t application = 0, version = 0, tables = 0;
	int r = ask(disk, "PRAGMA application_id", &application);

	if (r == SQLITE_OK)
		r = ask(disk, "PRAGMA user_version", &version);
	if (r == SQLITE_OK)
		r = ask(disk, "SELECT count(*) FROM sqlite_master", &tables);
	if (r != SQLITE_OK)
		return r;
	*ret_foreign = application != APPLICATION_ID && (application != 0 || tables != 0);
	*ret_other = application == APPLICATION_ID && version != SCHEMA_VERSION;
	if (*ret_foreign || *ret_other)
		return SQLITE_OK;
	r = set_up(disk);
	return r == SQLITE_OK && tables == 0 ? make_table(disk) : r;
}

static int prepare(struct aiot_histdisk *disk)
{
	return sqlite3_prepare_v2(disk->db,
				  "INSERT OR REPLACE INTO runs VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", -1,
				  &disk->insert, NULL);
}

/* SQLite would let everybody read it.  One that is there already keeps its mode. */
static void make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd >= 0)
		(void)close(fd);
}

static int try_open(struct aiot_histdisk *disk, char *why, size_t why_size)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
	bool foreign = false, other = false;
	int r;

	make_file(disk->path); /* where it cannot be, SQLite says why */
	r = sqlite3_open_v2(disk->path, &disk->db, flags, NULL);
	if (r == SQLITE_OK && sqlite3_db_readonly(disk->db, "main") == 1) {
		(void)snprintf(why, why_size, "'%s': can only be read", disk->path);
		return -AIOT_EACCES;
	}
	if (r == SQLITE_OK)
		r = look(disk, &foreign, &other);
	if (r == SQLITE_OK && !foreign && !other)
		r = prepare(disk);
	if (r != SQLITE_OK)
		return failed(disk, r, why, why_size);
	if (foreign)
		(void)snprintf(why, why_size, "'%s': is a database of something else", disk->path);
	else if (other)
		(void)snprintf(why, why_size, "'%s': is of another version of aiotools",
			       disk->path);
	return foreign ? -AIOT_EPERM : other ? -AIOT_EBADMSG : 0;
}

static void unlink_beside(const char *path, const char *end)
{
	char name[PATH_MAX + 8];

	(void)snprintf(name, sizeof(name), "%s%s", path, end);
	(void)unlink(name);
}

/* why goes on to say what was done. */
static int begin_anew(struct aiot_histdisk *disk, char *why, size_t why_size)
{
	char again[512];
	size_t len = strlen(why);
	int r;

	shut(disk);
	r = aiot_savefile_set_aside(disk->path);
	unlink_beside(disk->path, "-wal");
	unlink_beside(disk->path, "-shm");
	if (r == 0)
		r = try_open(disk, again, sizeof(again));
	if (r < 0)
		shut(disk);
	else
		(void)snprintf(why + len, why_size - len,
			       "; beginning a new one, the old one is kept with .bad behind its "
			       "name");
	return r;
}

/* A file that is not there yet is made, and cannot have been written by others. */
static int check_trust(const char *path, char *why, size_t why_size)
{
	int r = aiot_trust_check(path, why, why_size);

	if (r != -AIOT_ENOENT)
		return r;
	why[0] = '\0';
	return 0;
}

int aiot_histdisk_open(const char *path, uint64_t max_bytes, bool aside, struct aiot_histdisk **ret,
		       char *why, size_t why_size)
{
	struct aiot_histdisk *disk;
	int r = check_trust(path, why, why_size);

	if (r < 0)
		return r;
	disk = aiot_mem_zalloc(sizeof(*disk));
	if (disk == NULL)
		return -AIOT_ENOMEM;
	disk->max_pages = max_bytes / PAGE_BYTES;
	disk->aside = aside;
	if (snprintf(disk->path, sizeof(disk->path), "%s", path) >= (int)sizeof(disk->path))
		r = -AIOT_ENAMETOOLONG;
	if (r == 0)
		r = try_open(disk, why, why_size);
	if (r == -AIOT_EBADMSG && aside)
		r = begin_anew(disk, why, why_size);
	if (r < 0) {
		aiot_histdisk_close(disk);
		return r;
	}
	*ret = disk;
	return 0;
}

void aiot_histdisk_close(struct aiot_histdisk *disk)
{
	if (disk == NULL)
		return;
	shut(disk);
	aiot_mem_free(disk);
}

/* ---- writing ---- */

static int insert_one(struct aiot_histdisk *disk, const struct aiot_run *run)
{
	sqlite3_stmt *s = disk->insert;
	int r;

	(void)sqlite3_bind_int64(s, 1, (sqlite3_int64)run->id);
	(void)sqlite3_bind_text(s, 2, run->name, run->name_len, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, run->start_us);
	(void)sqlite3_bind_int64(s, 4, run->end_us);
	(void)sqlite3_bind_text(s, 5, aiot_action_word((enum aiot_action)run->outcome), -1,
				SQLITE_STATIC);
	(void)sqlite3_bind_int(s, 6, run->kind);
	if (run->kind == AIOT_RUN_NOTHING)
		(void)sqlite3_bind_null(s, 7);
	else
		(void)sqlite3_bind_text(s, 7, run->value, (int)run->value_len, SQLITE_STATIC);
	(void)sqlite3_bind_int(s, 8, run->cut);
	r = sqlite3_step(s);
	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
	return r == SQLITE_DONE ? SQLITE_OK : r;
}

static int insert_all(struct aiot_histdisk *disk, const char *runs, size_t len)
{
	struct aiot_run run;
	size_t at = 0;
	int r = run_sql(disk, "BEGIN IMMEDIATE");

	while (r == SQLITE_OK && at < len) {
		at += aiot_run_unpack(runs + at, &run);
		r = insert_one(disk, &run);
	}
	if (r == SQLITE_OK)
		r = run_sql(disk, "COMMIT");
	if (r != SQLITE_OK && !sqlite3_get_autocommit(disk->db))
		(void)run_sql(disk, "ROLLBACK");
	return r;
}

/* Make room before there is none: deleting takes pages, too. */
static int trim(struct aiot_histdisk *disk, bool full)
{
	int64_t pages = 0, spare = 0;
	int r = ask(disk, "PRAGMA page_count", &pages);

	if (r == SQLITE_OK)
		r = ask(disk, "PRAGMA freelist_count", &spare);
	if (r != SQLITE_OK || (!full && (uint64_t)(pages - spare) < disk->max_pages / 8 * 7))
		return r;
	r = run_sql(disk, "DELETE FROM runs WHERE id <="
			  " (SELECT min(id) + (max(id) - min(id)) / 8 FROM runs)");
	if (r == SQLITE_OK && (uint64_t)pages > disk->max_pages)
		r = run_sql(disk, "PRAGMA incremental_vacuum");
	return r;
}

int aiot_histdisk_write(struct aiot_histdisk *disk, const void *runs, size_t len, char *why,
			size_t why_size)
{
	int r;

	why[0] = '\0';
	if (disk->db == NULL) { /* an attempt to begin anew has failed */
		r = try_open(disk, why, why_size);
		if (r < 0) {
			shut(disk);
			return r;
		}
	}
	r = trim(disk, false);
	if (r == SQLITE_OK)
		r = insert_all(disk, runs, len);
	if (r == SQLITE_FULL && trim(disk, true) == SQLITE_OK)
		r = insert_all(disk, runs, len);
	if (r == SQLITE_OK)
		return 0;
	if (failed(disk, r, why, why_size) != -AIOT_EBADMSG || !disk->aside)
		return code_of(r);
	if (begin_anew(disk, why, why_size) < 0)
		return -AIOT_EBADMSG;
	return insert_all(disk, runs, len) == SQLITE_OK ? 0 : -AIOT_EIO;
}

/* ---- reading ---- */

/* Brackets within brackets; text is JSON. */
static unsigned depth_of(const char *text, size_t len)
{
	unsigned depth = 0, deepest = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '[' || text[i] == '{'))
			depth++;
		else if (!quoted && (text[i] == ']' || text[i] == '}'))
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

static bool value_fits(struct aiot_run *run)
{
	struct aiot_json value;

	if (run->kind == AIOT_RUN_NOTHING) {
		run->value_len = 0;
		return true;
	}
	if (run->value == NULL || run->value_len > AIOT_RUN_VALUE_MAX ||
	    aiot_json_parse(run->value, run->value_len, &value, NULL) < 0 ||
	    depth_of(run->value, run->value_len) > AIOT_RESULT_DEPTH)
		return false;
	return run->kind == AIOT_RUN_RESULT || aiot_json_type(value) == AIOT_JSON_OBJECT;
}

/* More than that nobody ever ran: a row that somebody else wrote, and would be counted on from. */
#define ID_MAX (INT64_C(1) << 48)

/* false: no run was ever written like this. */
static bool take_row(sqlite3_stmt *s, struct aiot_run *run)
{
	const char *name = (const char *)sqlite3_column_text(s, 1);
	int name_len = sqlite3_column_bytes(s, 1);
	const char *word = (const char *)sqlite3_column_text(s, 4);
	int64_t id = sqlite3_column_int64(s, 0);
	int kind = sqlite3_column_int(s, 5);
	enum aiot_action outcome;

	if (name == NULL || word == NULL || name_len <= 0 || name_len > AIOT_NAME_MAX ||
	    !aiot_name_valid(name, (size_t)name_len) || kind < 0 || kind > AIOT_RUN_ERROR ||
	    id <= 0 || id > ID_MAX)
		return false;
	outcome = aiot_action_find(word, strlen(word));
	if (outcome == AIOT_ACTIONS || outcome == AIOT_ACTION_RUN)
		return false;
	*run = (struct aiot_run){
		.id = (uint64_t)id,
		.start_us = sqlite3_column_int64(s, 2),
		.end_us = sqlite3_column_int64(s, 3),
		.name = name,
		.name_len = (uint8_t)name_len,
		.outcome = (uint8_t)outcome,
		.kind = (uint8_t)kind,
		.value = (const char *)sqlite3_column_text(s, 6),
		.value_len = (uint32_t)sqlite3_column_bytes(s, 6),
		.cut = sqlite3_column_int(s, 7) != 0,
	};
	return value_fits(run);
}

int aiot_histdisk_read(struct aiot_histdisk *disk, uint64_t from, bool back, aiot_run_fn *fn,
		       void *ctx, char *why, size_t why_size)
{
	static const char columns[] = "SELECT id, name, start_us, end_us, outcome, kind, value, cut"
				      " FROM runs WHERE id";
	sqlite3_stmt *s = NULL;
	struct aiot_run run;
	char sql[160];
	int r;

	if (disk->db == NULL)
		return 0;
	(void)snprintf(sql, sizeof(sql), "%s %s", columns,
		       back ? "< ?1 ORDER BY id DESC" : ">= ?1 ORDER BY id");
	r = sqlite3_prepare_v2(disk->db, sql, -1, &s, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_bind_int64(s, 1, from > INT64_MAX ? INT64_MAX : (sqlite3_int64)from);
	while (r == SQLITE_OK || r == SQLITE_ROW) {
		r = sqlite3_step(s);
		if (r == SQLITE_ROW && take_row(s, &run) && !fn(ctx, &run))
			r = SQLITE_DONE;
	}
	if (r != SQLITE_DONE)
		(void)failed(disk, r, why, why_size);
	(void)sqlite3_finalize(s);
	return r == SQLITE_DONE ? 0 : code_of(r);
}
