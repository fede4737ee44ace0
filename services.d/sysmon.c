/*
 * sysmon - watches the board: load, memory, temperature, disk space.  Host only (POSIX, Linux's
 * /proc and /sys).
 * The runtime calls sysmon_init once, which checks the options, and runs sysmon().  Each round
 * reads everything afresh, logs one line and publishes the figures as stats.  A limit is spoken of
 * when it is crossed and when the figure is back, a source that cannot be read once in a run; such
 * a figure is 0 and counted in `unreadable`.  All real numbers are whole thousandths.
 * It keeps no file open and writes none.  statvfs(2) of a network mount that is gone waits: name
 * local paths only, or give it Execution=thread.  The length is that of thirteen stats and seven
 * options with their checks.
 */
#include <aiotools.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define EVERY_MS_MIN 100u
#define DISKS_MAX 8u
#define PATH_BYTES 512u
#define REPORT_BYTES 256u
#define PERCENT_FULL (INT64_C(100) * 1000)
#define SEPARATORS ": \t"
#define THERMAL_DIR "/sys/class/thermal"
#define ZONE_PREFIX "thermal_zone"

/* Bits of sysmon.complained and sysmon.over; a zone has bit FIRST_ZONE + its number. */
enum source {
	SOURCE_LOAD,
	SOURCE_MEMORY,
	SOURCE_THERMAL,
	SOURCE_FIRST_DISK,
	SOURCE_FIRST_ZONE = SOURCE_FIRST_DISK + DISKS_MAX,
	SOURCE_LAST = 63,
};

struct sysmon {
	const char *disks;
	const char *root; /* put before every path */
	uint32_t every_ms;
	int64_t load_limit, memory_limit, temperature_limit, disk_limit; /* 0: none */

	int64_t load_1, load_5, load_15;
	int64_t memory_used;
	uint64_t memory_total_kib, memory_available_kib;
	int64_t temperature;
	uint32_t thermal_zones;
	int64_t disk_used;
	const char *disk_report; /* report, once there is one */
	uint32_t rounds, warnings, unreadable;

	char report[REPORT_BYTES];
	uint64_t complained; /* sources that were said to be unreadable */
	uint64_t over;	     /* sources over their limit */
};

/* ---- text ----------------------------------------------------------------------------------- */

/* A line in the making; what does not fit is left out. */
struct line {
	size_t used;
	char text[REPORT_BYTES * 2];
};

/* Add one part, behind a comma if it is not the first. */
static void line_add(struct line *line, const char *fmt, ...) AIOT_PRINTF_(2, 3);
static void line_add(struct line *line, const char *fmt, ...)
{
	size_t room;
	va_list ap;
	int n;

	if (line->used > 0 && line->used + 3 < sizeof(line->text)) {
		memcpy(line->text + line->used, ", ", 3);
		line->used += 2;
	}
	room = sizeof(line->text) - line->used;
	va_start(ap, fmt);
	n = vsnprintf(line->text + line->used, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		line->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* Returned by value, so that a printf can have several. */
struct dec3_text {
	char s[28];
};

/* Thousandths as text, cut to `digits` (1 to 3) behind the point. */
static struct dec3_text dec3(int64_t value, unsigned digits)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	struct dec3_text text = {0};

	(void)snprintf(text.s, sizeof(text.s), "%s%" PRIu64 ".%03u", value < 0 ? "-" : "",
		       size / 1000, (unsigned)(size % 1000));
	text.s[strlen(text.s) - (3 - digits)] = '\0';
	return text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read "12.3456" as 12345 and move on behind it and the blanks after it. */
static int dec3_parse(const char **cursor, int64_t *ret_value)
{
	const char *s = *cursor;
	int64_t value = 0;
	int64_t place = 100;

	if (!is_digit(*s))
		return -AIOT_EBADMSG;
	for (; is_digit(*s); s++) {
		if (value > INT64_MAX / 100000)
			return -AIOT_ERANGE;
		value = value * 10 + (*s - '0');
	}
	value *= 1000;
	if (*s == '.')
		for (s++; is_digit(*s); s++, place /= 10)
			value += (*s - '0') * place;
	*cursor = s + strspn(s, " ");
	*ret_value = value;
	return 0;
}

/* The three averages of /proc/loadavg. */
static int loadavg_parse(const char *text, int64_t ret_load[3])
{
	int64_t load[3] = {0};
	int rc = 0;
	int i;

	for (i = 0; i < 3 && rc == 0; i++)
		rc = dec3_parse(&text, &load[i]);
	if (rc == 0)
		memcpy(ret_load, load, sizeof(load));
	return rc;
}

/* The KiB behind `key` ("MemTotal:") at the beginning of a line of /proc/meminfo. */
static int meminfo_parse(const char *text, const char *key, uint64_t *ret_kib)
{
	size_t key_len = strlen(key);
	unsigned long long kib;
	char *end;

	while (text && strncmp(text, key, key_len) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	if (!text)
		return -AIOT_ENODATA;
	text += key_len;
	text += strspn(text, " \t");
	errno = 0;
	kib = strtoull(text, &end, 10);
	if (!is_digit(*text) || errno != 0 || strncmp(end, " kB", 3) != 0)
		return -AIOT_EBADMSG;
	*ret_kib = kib;
	return 0;
}

/* The thousandths of a degree of a zone's temp file. */
static int temp_parse(const char *text, int64_t *ret_milli)
{
	long value;
	char *end;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || errno != 0 || (*end != '\0' && *end != '\n'))
		return -AIOT_EBADMSG;
	*ret_milli = value;
	return 0;
}

/* The next path of the option; its length, 0 at the end. */
static size_t disk_next(const char **cursor, const char **ret_path)
{
	const char *path = *cursor + strspn(*cursor, SEPARATORS);
	size_t len = strcspn(path, SEPARATORS);

	*cursor = path + len;
	if (len > 0)
		*ret_path = path;
	return len;
}

/* used of total as thousandths of a percent. */
static int64_t percent(uint64_t used, uint64_t total)
{
	while (total > UINT64_MAX / PERCENT_FULL) {
		total >>= 1;
		used >>= 1;
	}
	if (total == 0)
		return 0;
	return (int64_t)((used < total ? used : total) * PERCENT_FULL / total);
}

/* ---- options --------------------------------------------------------------------------------- */

static const char *disks_wrong(const struct sysmon *self)
{
	const char *cursor = self->disks;
	const char *path = NULL;
	unsigned count = 0;
	size_t len;

	while ((len = disk_next(&cursor, &path)) > 0) {
		if (*path != '/')
			return "disks: not an absolute path";
		if (strlen(self->root) + len >= PATH_BYTES)
			return "disks: a path is too long";
		if (++count > DISKS_MAX)
			return "disks: more than 8 paths";
	}
	return NULL;
}

/* NULL, or what is wrong with the options. */
static const char *options_wrong(const struct sysmon *self)
{
	if (self->every_ms < EVERY_MS_MIN)
		return "every: less than 100ms";
	if (self->root[0] != '\0' && self->root[0] != '/')
		return "root: not an absolute path";
	if (strlen(self->root) >= PATH_BYTES / 2)
		return "root: the path is too long";
	if (self->load_limit < 0 || self->memory_limit < 0 || self->temperature_limit < 0 ||
	    self->disk_limit < 0)
		return "a limit is negative; 0 is none";
	if (self->memory_limit > PERCENT_FULL || self->disk_limit > PERCENT_FULL)
		return "a limit of memory or disks is over 100 percent";
	return disks_wrong(self);
}

/* ---- limits and complaints ------------------------------------------------------------------- */

struct reading {
	unsigned source; /* enum source */
	int digits;
	const char *what;
	const char *unit;
	int64_t value;
	int64_t limit; /* 0: none */
};

static void limit_check(struct aiot_task *t, struct sysmon *self, const struct reading *r)
{
	uint64_t bit = UINT64_C(1) << r->source;
	bool over = r->limit > 0 && r->value > r->limit;
	bool was_over = (self->over & bit) != 0;

	if (over == was_over)
		return;
	self->over ^= bit;
	self->warnings++;
	aiot_warn(t, "%s%s %s%s is %s its limit of %s%s", r->what[0] == '/' ? "disk " : "", r->what,
		  dec3(r->value, r->digits).s, r->unit, over ? "over" : "back within",
		  dec3(r->limit, r->digits).s, r->unit);
}

/* A source that gave nothing this round: said once in a run, counted each time. */
static void complain(struct aiot_task *t, struct sysmon *self, unsigned source, const char *path,
		     int code)
{
	uint64_t bit = UINT64_C(1) << source;

	self->unreadable++;
	if (self->complained & bit)
		return;
	self->complained |= bit;
	self->warnings++;
	aiot_warn(t, "cannot read '%s%s': %s, leaving it out", self->root, path, strerror(-code));
}

/* ---- files ---------------------------------------------------------------------------------- */

static int path_make(const struct sysmon *self, const char *path, char ret_full[PATH_BYTES])
{
	int n = snprintf(ret_full, PATH_BYTES, "%s%s", self->root, path);

	return n >= 0 && (size_t)n < PATH_BYTES ? 0 : -AIOT_ENAMETOOLONG;
}

/* Fill buf from the file, as much as fits, and end it with a NUL. */
static int fd_read(int fd, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (n != 0 && used < size - 1) {
		n = read(fd, buf + used, size - 1 - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			used += (size_t)n;
	}
	buf[used] = '\0';
	return 0;
}

/* O_NONBLOCK: what is no plain file must not hold up the loop. */
static int file_read(const struct sysmon *self, const char *path, char *buf, size_t size)
{
	char full[PATH_BYTES] = "";
	int rc = path_make(self, path, full);
	int fd;

	if (rc < 0)
		return rc;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	rc = fd_read(fd, buf, size);
	(void)close(fd);
	return rc;
}

/* ---- the four figures ----------------------------------------------------------------------- */

static void load_read(struct aiot_task *t, struct sysmon *self, struct line *line)
{
	static const char path[] = "/proc/loadavg";
	char text[128] = "";
	int64_t load[3] = {0};
	int rc = file_read(self, path, text, sizeof(text));

	if (rc == 0)
		rc = loadavg_parse(text, load);
	self->load_1 = load[0];
	self->load_5 = load[1];
	self->load_15 = load[2];
	if (rc < 0) {
		complain(t, self, SOURCE_LOAD, path, rc);
		return;
	}
	line_add(line, "load %s %s %s", dec3(load[0], 2).s, dec3(load[1], 2).s, dec3(load[2], 2).s);
	limit_check(t, self,
		    &(struct reading){SOURCE_LOAD, 2, "load", "", load[0], self->load_limit});
}

static void memory_read(struct aiot_task *t, struct sysmon *self, struct line *line)
{
	static const char path[] = "/proc/meminfo";
	char text[4096] = ""; /* both fields are among the first lines */
	uint64_t total = 0;
	uint64_t available = 0;
	int rc = file_read(self, path, text, sizeof(text));

	if (rc == 0)
		rc = meminfo_parse(text, "MemAvailable:", &available);
	if (rc == 0)
		rc = meminfo_parse(text, "MemTotal:", &total);
	self->memory_total_kib = total;
	self->memory_available_kib = rc == 0 ? available : 0;
	self->memory_used = percent(available < total ? total - available : 0, total);
	if (rc < 0) {
		complain(t, self, SOURCE_MEMORY, path, rc);
		return;
	}
	line_add(line, "memory %s %% of %" PRIu64 " MiB", dec3(self->memory_used, 1).s,
		 total / 1024);
	limit_check(t, self,
		    &(struct reading){SOURCE_MEMORY, 1, "memory", " %", self->memory_used,
				      self->memory_limit});
}

static unsigned zone_source(const char *number)
{
	unsigned long n = strtoul(number, NULL, 10);

	if (n > SOURCE_LAST - SOURCE_FIRST_ZONE)
		return SOURCE_LAST; /* the zones beyond share the last bit */
	return SOURCE_FIRST_ZONE + (unsigned)n;
}

/* Read one entry of the directory, if it is a zone, into temperature and thermal_zones. */
static void zone_read(struct aiot_task *t, struct sysmon *self, const char *name)
{
	char path[PATH_BYTES] = "";
	char text[64] = "";
	int64_t milli = 0;
	int rc;

	if (strncmp(name, ZONE_PREFIX, strlen(ZONE_PREFIX)) != 0)
		return;
	(void)snprintf(path, sizeof(path), THERMAL_DIR "/%s/temp", name);
	rc = file_read(self, path, text, sizeof(text));
	if (rc == 0)
		rc = temp_parse(text, &milli);
	if (rc < 0) {
		complain(t, self, zone_source(name + strlen(ZONE_PREFIX)), path, rc);
		return;
	}
	if (self->thermal_zones == 0 || milli > self->temperature)
		self->temperature = milli;
	self->thermal_zones++;
}

static int zones_read(struct aiot_task *t, struct sysmon *self)
{
	char path[PATH_BYTES] = "";
	int rc = path_make(self, THERMAL_DIR, path);
	struct dirent *entry;
	DIR *dir;

	if (rc < 0)
		return rc;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) != NULL)
		zone_read(t, self, entry->d_name);
	(void)closedir(dir);
	return 0;
}

/* A board without zones, or without the directory, simply has no temperature. */
static void temperature_read(struct aiot_task *t, struct sysmon *self, struct line *line)
{
	int rc;

	self->temperature = 0;
	self->thermal_zones = 0;
	rc = zones_read(t, self);
	if (rc < 0 && rc != -AIOT_ENOENT)
		complain(t, self, SOURCE_THERMAL, THERMAL_DIR, rc);
	if (self->thermal_zones == 0)
		return;
	line_add(line, "temperature %s C", dec3(self->temperature, 1).s);
	limit_check(t, self,
		    &(struct reading){SOURCE_THERMAL, 1, "temperature", " C", self->temperature,
				      self->temperature_limit});
}

/* As df counts: what is kept for root is neither used nor free. */
static int64_t disk_percent(const struct statvfs *fs)
{
	uint64_t used = fs->f_blocks > fs->f_bfree ? fs->f_blocks - fs->f_bfree : 0;

	return percent(used, used + fs->f_bavail);
}

static void disk_read(struct aiot_task *t, struct sysmon *self, struct line *report,
		      struct reading *r)
{
	char path[PATH_BYTES] = "";
	struct statvfs fs = {0};
	int rc = path_make(self, r->what, path);

	if (rc == 0 && statvfs(path, &fs) < 0)
		rc = -errno;
	if (rc < 0) {
		complain(t, self, r->source, r->what, rc);
		return;
	}
	r->value = disk_percent(&fs);
	if (r->value > self->disk_used)
		self->disk_used = r->value;
	line_add(report, "%s %s %%", r->what, dec3(r->value, 1).s);
	limit_check(t, self, r);
}

static void disks_read(struct aiot_task *t, struct sysmon *self, struct line *line)
{
	char name[PATH_BYTES] = "";
	struct reading r = {SOURCE_FIRST_DISK, 1, name, " %", 0, self->disk_limit};
	struct line report = {0};
	const char *cursor = self->disks;
	const char *path = NULL;
	size_t len;

	self->disk_used = 0;
	for (; (len = disk_next(&cursor, &path)) > 0; r.source++) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		disk_read(t, self, &report, &r);
	}
	memcpy(self->report, report.text, sizeof(self->report) - 1); /* its last byte stays 0 */
	if (report.used > 0)
		line_add(line, "disk %s", report.text);
}

/* ---- the service ----------------------------------------------------------------------------- */

static void round_run(struct aiot_task *t, struct sysmon *self)
{
	struct line line = {0};

	self->unreadable = 0;
	load_read(t, self, &line);
	memory_read(t, self, &line);
	temperature_read(t, self, &line);
	disks_read(t, self, &line);
	self->rounds++;
	aiot_info(t, "%s", line.used > 0 ? line.text : "nothing to be read");
}

static enum aiot_co sysmon(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sysmon, self);
	if (options_wrong(self)) /* `set` may have changed them since .init */
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", options_wrong(self));
	self->complained = 0;
	self->over = 0;
	for (;;) {
		round_run(t, self);
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_END(t);
}

static int sysmon_init(struct aiot_task *t, void *instance)
{
	struct sysmon *self = instance;
	const char *wrong = options_wrong(self);

	self->disk_report = self->report;
	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct sysmon, every_ms, "every", "60s", "pause between rounds"),
	AIOT_OPT_STR(struct sysmon, disks, "disks", "/", "paths to watch, by ':' or blanks"),
	AIOT_OPT_DEC3(struct sysmon, load_limit, "load-limit", "0", "load of 1 min; 0: none"),
	AIOT_OPT_DEC3(struct sysmon, memory_limit, "memory-limit", "90", "percent; 0: none"),
	AIOT_OPT_DEC3(struct sysmon, temperature_limit, "temperature-limit", "80",
		      "degrees C; 0: none"),
	AIOT_OPT_DEC3(struct sysmon, disk_limit, "disk-limit", "90", "percent; 0: none"),
	AIOT_OPT_STR(struct sysmon, root, "root", "", "put before every path, for trials"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_DEC3(struct sysmon, load_1, "load of the last minute"),
	AIOT_STAT_DEC3(struct sysmon, load_5, "load of the last 5 minutes"),
	AIOT_STAT_DEC3(struct sysmon, load_15, "load of the last 15 minutes"),
	AIOT_STAT_DEC3(struct sysmon, memory_used, "percent of the memory"),
	AIOT_STAT_U64(struct sysmon, memory_total_kib, "memory, KiB"),
	AIOT_STAT_U64(struct sysmon, memory_available_kib, "memory that can be had, KiB"),
	AIOT_STAT_DEC3(struct sysmon, temperature, "hottest zone, degrees C"),
	AIOT_STAT_U32(struct sysmon, thermal_zones, "zones that were read"),
	AIOT_STAT_DEC3(struct sysmon, disk_used, "percent of the fullest disk"),
	AIOT_STAT_STR(struct sysmon, disk_report, "each disk's percent"),
	AIOT_STAT_U32(struct sysmon, rounds, "rounds made"),
	AIOT_STAT_U32(struct sysmon, warnings, "warnings given"),
	AIOT_STAT_U32(struct sysmon, unreadable, "sources not read in the last round"),
	{0},
};

AIOT_SERVICE(sysmon, struct sysmon, .info = "System monitor v1.0", .main = sysmon, .opts = opts,
	     .stats = stats, .init = sysmon_init);
