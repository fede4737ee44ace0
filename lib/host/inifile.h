/*
 * inifile.h - one INI file as a plain document in memory: entries in the order of the file, each
 * with its line, and all that is wrong with it, in sentences.
 *
 * What a line may be:
 *	[Section]		blocks of the same name merge; 49 bytes at most
 *	Key = value		`:` is as good as `=`; a key only once in a section
 *	  more of it		indented: goes on with the value, after one space
 *	; or # comment		at the start of a line, or ` ;` behind anything
 * Case, `_` and `-` in sections and keys do not matter.  ${NAME} in a value is the environment's,
 * $$ is one $.  The value of a key `Code` is taken as it stands: no comments behind it, and its
 * lines stay lines, so that line n of the code is line n of the file (comments and blank lines in
 * between are empty lines of it).  LF or CRLF, UTF-8, with or without a byte order mark.
 * In a file that is read for an instance %i in a value is the instance's name and %% one %.
 *
 * Errors do not stop the reading, so that a person can mend all of a file at once; a document with
 * errors is for showing, not for use.  Thread: any one at a time (getenv is called).
 * Not called ini.h, for that is the name of inih's own header.
 */
#ifndef AIOT_INIFILE_H
#define AIOT_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#define AIOT_INI_LINE_MAX 190	      /* bytes, without the end of line */
#define AIOT_INI_SECTION_MAX 49	      /* bytes of a section's name */
#define AIOT_INI_FILE_MAX 65536	      /* bytes */
#define AIOT_INI_TOTAL_MAX (1u << 20) /* bytes of all values, ${...} filled in */
#define AIOT_INI_ENTRIES_MAX 1024
#define AIOT_INI_SECTIONS_MAX 64
#define AIOT_INI_ERRORS_MAX 32

/* Sentences "FILE:LINE: what is wrong", owned by the list. */
struct aiot_ini_errors {
	/* read-only */
	char *text[AIOT_INI_ERRORS_MAX];
	size_t count;
	size_t lost; /* how many more there were */
};

struct aiot_ini_section {
	char *name;	  /* as first written */
	const char *file; /* where that is; the document's */
	unsigned line;	  /* from 1 */
};

struct aiot_ini_entry {
	const char *section; /* the section's name, owned by the section */
	char *key;	     /* as written */
	char *value;	     /* "" when empty, never NULL */
	size_t value_len;
	const char *file; /* that says so; the document's */
	unsigned line;	  /* of the key in it, from 1 */
};

struct aiot_ini {
	/* read-only */
	char *label; /* what the sentences call the file */
	struct aiot_ini_section *sections;
	size_t section_count;
	struct aiot_ini_entry *entries;
	size_t entry_count;
	struct aiot_ini_errors errors;
	char **others; /* labels of files that were merged into it */
	size_t other_count;
	/* private */
	size_t value_bytes;
	const char *instance; /* while it is read */
};

/*
 * Read a file.  doc need not be initialised, and is in every case to be finished.  Returns 0;
 * -AIOT_EINVAL: the file says something wrong, doc->errors says what; -AIOT_ENOMEM; another
 * -AIOT_E...: it cannot be read (-AIOT_ENOENT: there is none), also in doc->errors.
 */
int aiot_ini_read(const char *path, struct aiot_ini *doc);
/* The same from an open file, from its current position on; fd stays the caller's. */
int aiot_ini_read_fd(const char *label, int fd, struct aiot_ini *doc);
/* The same for an instance; NULL: it is none, and % has no meaning. */
int aiot_ini_read_fd_for(const char *label, int fd, const char *instance, struct aiot_ini *doc);
/* The same from memory; text need not be terminated. */
int aiot_ini_parse(const char *label, const char *text, size_t len, struct aiot_ini *doc);
int aiot_ini_parse_for(const char *label, const char *text, size_t len, const char *instance,
		       struct aiot_ini *doc);

/*
 * Lay a drop-in over the document: its keys replace those of the same name, one with an empty value
 * takes the document's away.  Errors and labels move over, too; the drop-in is finished in any
 * case.  0; -AIOT_ENOMEM; -AIOT_EINVAL: too many keys, said in the document's errors.
 */
int aiot_ini_merge(struct aiot_ini *doc, struct aiot_ini *drop_in);

/* Free what the document owns; NULL or a zeroed document is fine. */
void aiot_ini_finish(struct aiot_ini *doc);

/* The value of a key, NULL when it is not there.  Valid as long as the document. */
const char *aiot_ini_get(const struct aiot_ini *doc, const char *section, const char *key);
/* The same with its line. */
const struct aiot_ini_entry *aiot_ini_find(const struct aiot_ini *doc, const char *section,
					   const char *key);
/* The index-th entry in the order of the file, NULL behind the last. */
const struct aiot_ini_entry *aiot_ini_at(const struct aiot_ini *doc, size_t index);

/* Whether two keys (or sections) are the same, case, `_` and `-` not counted. */
bool aiot_ini_key_eq(const char *a, const char *b);

/* Whether it can be the name of an environment variable. */
bool aiot_ini_is_variable(const char *name);

/*
 * Add a sentence; line 0 leaves the line out.  Over AIOT_INI_ERRORS_MAX it is only counted.
 * Returns 0 or -AIOT_ENOMEM (then it is counted as lost).
 */
int aiot_ini_complain(struct aiot_ini_errors *errors, const char *label, unsigned line,
		      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void aiot_ini_errors_finish(struct aiot_ini_errors *errors);

#endif
