/*
 * idl.c - see idl.h.  Data only.
 */
#include "idl.h"

const char aiot_idl_task[] =
	"type Site (function: string, file: string, line: int)\n"
	"type Error (error: string, code: int, message: string, traceback: []Site)\n"
	/* last_us, next_us: null when there is none */
	/* plan: all of it, as in an INI file.  waits_for: clock (it is not set yet) or condition */
	"type Schedule (plan: string, start_in_us: int, every_us: int, from_daemon: bool,\n"
	"  at_us: ?int, cron: ?string, when: ?string, jitter_us: ?int, catch_up: string,\n"
	"  overlap: string, last_us: ?int, next_us: ?int, in_us: ?int, skipped: int, held: bool,\n"
	"  queued: ?bool, waits_for: ?string)\n"
	"type Timer (name: string, state: string, paused: bool, now_us: int, schedule: Schedule,\n"
	"  next: ?[]int)\n"
	"type Record (seq: int, cursor: string, time_us: int, mono_us: int, boot: string,\n"
	"  level: string, name: string, text: string, cut: bool)\n"
	/* What is shown is old: since when nothing is heard of the task's node, and why. */
	"type Away (since_us: int, ago_us: int, why: string)\n"
	/* A run is to begin again: number `attempt` in a row. */
	"type Restart (attempt: int, next_us: int, in_us: int)\n"
	/* What is done when it ends or hangs; restart: no, on-failure or always. */
	"type Policy (restart: string, delay_us: ?int, max_us: ?int, reset_us: ?int, burst: ?int,\n"
	"  interval_us: ?int, watchdog_us: ?int)\n"
	"type Origin (name: string, info: string, docs: ?string, path: string, type: string)\n"
	/*
	 * reason: of one that is waiting, what for.
	 * last: how the last run ended (done, failed, stopped), null before.  held: why it is.
	 * result: of the last
	 * run.  inaction: that run said that it found nothing to do.  queued: extra runs that wait.
	 * origins: where each of args comes from; next: those that the next run has otherwise. From
	 * `cpu_us` on only with debug; log only when asked for, in one reply not for more than 100
	 * tasks, and of the newest 20000 records.
	 */
	"type Task (name: string, id: int, state: string, last: ?string, paused: bool,\n"
	"  since_us: int, ago_us: int, started_us: ?int, runtime_us: ?int, reason: ?string,\n"
	"  runs: int,\n"
	"  restarts: int, place: string, changed: ?bool, queued: ?int, inaction: ?bool, result: "
	"?object, error: ?Error, schedule: "
	"?Schedule, away: ?Away,\n"
	"  log: ?[]Record, service: ?Origin, cpu_us: ?int, longest_us: ?int, longest: ?Site,\n"
	"  restart: ?Restart, held: ?string, policy: ?Policy,\n"
	"  priority: ?int, timeout_us: ?int, site: ?Site, children: ?[]string, args: ?object,\n"
	"  origins: ?object, next: ?object, stats: ?object)\n"
	/*
	 * A run that has ended; outcome: success, fail, terminate, inaction or crash.  Of a crash
	 * nobody knows the end.  cut: the result or message was longer; a JSON result that is cut
	 * has become a string.
	 */
	"type RunError (error: string, code: int, message: string)\n"
	"type Run (name: string, start_us: int, end_us: ?int, runtime_us: ?int, outcome: string,\n"
	"  result: ?object, error: ?RunError, cut: ?bool)\n"
	/* effect: live (at once) or start (from the next start on) */
	"type Setting (key: string, value: string, origin: string, effect: string)\n"
	/* stats: what the service measures, by its names for it; null for tasks elsewhere */
	"type TaskStats (name: string, stats: ?object)\n"
	/*
	 * text: of a service that has a report; cut: there was more of it; error: it failed behind
	 * what was written.  stats: of one that has none.
	 */
	"type Report (name: string, state: string, text: ?string, cut: ?bool, error: ?Error,\n"
	"  stats: ?object)\n"
	"type Result (name: string, result: ?object, error: ?Error)\n"
	/* code: 0, or the errno of the failure, at most 255 */
	"type Ended (name: string, state: string, code: int, message: ?string)\n"
	"type TaskIs (name: string, state: string, active: ?bool, failed: ?bool, message: "
	"?string)\n"
	/* queued: extra runs that wait behind the present one */
	"type TaskState (name: string, state: string, paused: ?bool, queued: ?int)\n"
	"type TaskError (name: string, error: string, message: string)\n"
	/* error is null for a task that was named but has not failed */
	"type Traceback (name: string, error: ?Error)\n";

const char aiot_idl_log[] =
	"type Record (seq: int, cursor: string, time_us: int, mono_us: int, boot: string,\n"
	"  level: string, name: string, text: string, cut: bool)\n";

const char aiot_idl_service[] =
	"type Site (function: string, file: string, line: int)\n"
	"type Error (error: string, code: int, message: string, traceback: []Site)\n"
	"type Option (key: string, type: string, default: string, help: string, live: bool,\n"
	"  value: ?string, origin: ?string)\n"
	"type Stat (key: string, type: string, help: string)\n"
	"type Condition (name: string, help: string)\n"
	"type Verb (name: string, help: string, changes: bool, options: []Option)\n"
	"type Kind (name: string, options: []Option, stats: []Stat)\n"
	/*
	 * load: loaded, failed, unloaded or masked.  enabled: enabled, disabled, masked, static
	 * (linked in) or template (of instances name@arg).  active: the state of its main task,
	 * null without one.  steps: of load with debug, with what each took.  kinds and verbs only
	 * from Describe; of List with brief nothing from docs on.  changed: its files differ from
	 * what was loaded.  fault: io.aiotools.BadConfiguration or io.aiotools.LoadFailed when
	 * there is an error.  effect, only from Reload: unchanged, set (while it runs on),
	 * reloaded, refused (it runs on as it was), restored (the new one failed, the old one was
	 * started again), lost (nor that) or unloaded.
	 */
	"type Service (name: string, load: string, enabled: string, active: ?string,\n"
	"  type: string, info: ?string, docs: ?string, path: ?string, file: ?string,\n"
	"  changed: bool, error: ?Error, fault: ?string, effect: ?string,\n"
	"  kinds: ?[]Kind, verbs: ?[]Verb, conditions: ?[]Condition, steps: ?[]Step)\n"
	"type Step (step: string, us: int)\n"
	"type ServiceIs (name: string, enabled: string, loads: bool)\n"
	/* Where each value comes from: FILE:LINE, services.json or default. */
	"type ConfigOrigin (enabled: string, args: [string]string)\n"
	"type Config (name: string, enabled: bool, masked: bool, args: [string]string,\n"
	"  origin: ConfigOrigin)\n"
	/* text: null if the caller may not read it.  base: for Edit, of a service's own file. */
	"type ServiceFile (service: string, file: string, text: ?string, base: ?string)\n"
	/*
	 * A row of a tree, in its order.  relation: requires, wants or after; null for the first of
	 * a tree.  load: of the service, or unknown.  repeated: what is below it was told above.
	 */
	"type Dependency (name: string, depth: int, relation: ?string, load: string,\n"
	"  state: ?string, repeated: bool)\n";

const char aiot_idl_daemon[] =
	/*
	 * How a service started: when its loading began, counted from the begin of the boot, how
	 * long that took, how long it waited for others, and started; took: without the waiting.
	 * ready_us: when it was ready, null: it was not.  state: ready, "not loaded" when that
	 * failed, else that of its task.  depth: the place in a chain.
	 */
	"type Start (name: string, type: string, state: string, begin_us: int, load_us: int,\n"
	"  wait_us: int, start_us: int, ready_us: ?int, took_us: int, depth: int)\n";
