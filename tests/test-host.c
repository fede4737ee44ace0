/*
 * test-host.c - a host's life: made on the program's loop or its own, tasks added and named,
 * orders, and its end.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "host-stage.h"

static const struct aiot_service of_the_future = {.abi = 9, .size = 4, .name = "part"};
static const struct aiot_service nameless = {.abi = AIOT_ABI, .size = sizeof(nameless)};
AIOT_SERVICE(with_a_name_that_is_far_too_long_for_the_name_of_a_service_, struct part,
	     .main = ends);

/* ---- making one ---- */

static void wrong_options_are_told_in_words(void **state)
{
	static const struct {
		struct aiot_host_options o;
		const char *sentence;
	} rows[] = {
		{{.name = "a b"}, "'a b' cannot be a host's name"},
		{{.name = ""}, "'' cannot be a host's name"},
		{{.name_taken = 3}, "name_taken is 3, not 0 to 2"},
		{{.log_level = 5}, "log_level is 5, not 3, 4, 6 or 7"},
		{{.log_level = 256 + 6}, "log_level is 262, not 3, 4, 6 or 7"},
		{{.log_bytes = 100}, "a log cannot have 100 bytes"},
		{{.log_bytes = 1ull << 40}, "a log cannot have 1099511627776 bytes"},
		{{.read_group = "no-such-group-here"}, "there is no group 'no-such-group-here'"},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aiot_host *had = host;

		assert_int_equal(create_host(&rows[i].o), -AIOT_EINVAL);
		assert_string_equal(why, rows[i].sentence);
		assert_ptr_equal(host, had);
	}
}

static void options_of_an_older_or_a_newer_program_are_understood(void **state)
{
	struct {
		struct aiot_host_options o;
		uint64_t from_the_future;
	} options = {{.size = sizeof(options), .loop = &loop, .log_level = AIOT_WARN}, 0};
	struct aiot_host *other;

	(void)state;
	assert_int_equal(aiot_host_create(&options.o, &other, NULL, 0), 0);
	assert_int_equal(other->core.log_level, AIOT_WARN);
	aiot_host_destroy(other);
	options.from_the_future = 7;
	assert_int_equal(aiot_host_create(&options.o, &other, why, sizeof(why)), -AIOT_EINVAL);
	assert_non_null(strstr(why, "built for a newer aiotools"));
	options.o.size = offsetof(struct aiot_host_options, config_file);
	assert_int_equal(aiot_host_create(&options.o, &other, why, sizeof(why)), -AIOT_EINVAL);
	assert_non_null(strstr(why, "size is too small"));
	options.o.size = 0;
	assert_int_equal(aiot_host_create(&options.o, &other, NULL, 0), -AIOT_EINVAL);
}

static void without_a_runtime_directory_the_log_is_in_memory_without_complaint(void **state)
{
	(void)state;
	assert_true(host->ringfile.in_memory);
	assert_int_equal(host->core.ring->next_seq, 2);
	assert_int_equal(logged(" starting, pid "), 1);
	assert_int_equal(logged("did not end in order"), 0);
	aiot_host_log(host, AIOT_INFO, "hello %d", 3);
	aiot_host_log(host, AIOT_DEBUG, "not kept");
	assert_int_equal(logged("hello 3"), 1);
	assert_int_equal(logged("not kept"), 0);
}

static void directories_are_made_and_what_cannot_be_is_told(void **state)
{
	struct aiot_host_options o = {.log_level = AIOT_DEBUG};
	struct aiot_host *first = host;

	(void)state;
	o.runtime_dir = path_of("run");
	o.state_dir = path_of("state");
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(access(path_of("run/log.ring"), F_OK), 0);
	assert_int_equal(access(path_of("state"), F_OK), 0);
	assert_string_equal(host->state_dir, o.state_dir);
	aiot_host_destroy(host);
	write_text("file", "x");
	o.state_dir = path_of("file/state");
	assert_int_equal(create_host(&o), 0);
	assert_string_equal(host->state_dir, o.runtime_dir);
	assert_int_equal(logged("cannot be written (Not a directory); state is kept in"), 1);
	aiot_host_destroy(host);
	o.runtime_dir = path_of("file/run");
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(logged("Not a directory"), 2);
	aiot_host_destroy(host);
	host = first;
}

static void a_host_may_have_a_loop_of_its_own(void **state)
{
	struct aiot_host_options o = {.size = sizeof(o)};
	struct aiot_host *other;

	(void)state;
	assert_int_equal(aiot_host_create(&o, &other, why, sizeof(why)), 0);
	assert_int_equal(aiot_host_add_task(other, &aiot_service_part, "short", "t", NULL, NULL),
			 0);
	assert_int_equal(aiot_host_run(other), 0); /* ends, for nothing could ever wake it */
	assert_string_equal(aiot_host_task_state(other, "t"), "done");
	aiot_host_destroy(other);
	aiot_host_destroy(NULL);
}

/* ---- tasks ---- */

static void a_name_that_is_taken_gets_numbers_that_never_come_twice(void **state)
{
	const char *name = NULL;

	(void)state;
	assert_int_equal(add("blink", NULL), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "blink", NULL, &name),
			 0);
	assert_string_equal(name, "blink_1");
	assert_int_equal(aiot_host_delete_task(host, "blink_1"), 0);
	settle();
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "blink", NULL, &name),
			 0);
	assert_string_equal(name, "blink_2");
	assert_int_equal(add("blink_3", NULL), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "blink", NULL, &name),
			 0);
	assert_string_equal(name, "blink_4");
	assert_int_equal(aiot_host_task_count(host), 4);
}

static void a_name_that_is_taken_can_also_be_refused_or_ignored(void **state)
{
	struct aiot_host_options o = {.name_taken = AIOT_NAME_TAKEN_RAISE};
	struct aiot_host *first = host;
	const char *name = "untouched";

	(void)state;
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(add("a", NULL), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "a", NULL, &name),
			 -AIOT_EEXIST);
	assert_string_equal(aiot_host_error(host), "a task called 'a' exists already");
	assert_string_equal(name, "untouched");
	aiot_host_destroy(host);
	o.name_taken = AIOT_NAME_TAKEN_IGNORE;
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(add("a", NULL), 0);
	assert_int_equal(add("a", NULL), -AIOT_EALREADY);
	assert_int_equal(aiot_host_task_count(host), 1);
	aiot_host_destroy(host);
	host = first;
}

static void a_task_that_cannot_be_added_is_told_why(void **state)
{
	static const char *const bad[] = {"wort", "x", NULL};
	const char *many[2 * AIOT_ARGS_MAX + 3];
	unsigned i;

	(void)state;
	assert_int_equal(add("two words", NULL), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host), "cannot add a task called 'two words': EINVAL");
	assert_int_equal(add("a", bad), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host),
			    "added: 'wort' is no option of service 'part', did you mean 'word'?");
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "tall", "a", NULL, NULL),
			 -AIOT_ENOENT);
	assert_string_equal(aiot_host_error(host), "service 'part' has no kind 'tall'");
	assert_int_equal(aiot_host_add_task(host, &of_the_future, NULL, "a", NULL, NULL),
			 -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host),
			    "service 'part' was built for ABI 9, this is ABI 1; rebuild it");
	for (i = 0; i < 2 * AIOT_ARGS_MAX + 2; i++)
		many[i] = i & 1 ? "x" : "word";
	many[i] = NULL;
	assert_int_equal(add("a", many), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host), "more than 64 arguments");
	assert_int_equal(aiot_host_task_count(host), 0);
	assert_null(host->last_block);
}

static void tasks_without_arguments_share_what_they_can(void **state)
{
	static const char *const args[] = {"word", "x", NULL};
	struct aiot_spec_block *block;

	(void)state;
	assert_int_equal(add("a", NULL), 0);
	block = host->last_block;
	assert_int_equal(add("b", NULL), 0);
	assert_ptr_equal(host->last_block, block);
	assert_int_equal(block->spec.users, 2);
	assert_int_equal(add("c", args), 0);
	assert_int_equal(block->spec.users, 2);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "d", NULL, NULL), 0);
	assert_ptr_not_equal(host->last_block, block);
	assert_int_equal(aiot_host_delete_task(host, "d"), 0);
	assert_null(host->last_block);
	assert_int_equal(aiot_host_delete_task(host, "a"), 0);
	assert_int_equal(aiot_host_delete_task(host, "b"), 0);
	assert_int_equal(aiot_host_delete_task(host, "c"), 0);
	assert_int_equal(aiot_host_task_count(host), 0);
}

static void orders_to_tasks_are_carried_out_or_refused_in_words(void **state)
{
	(void)state;
	assert_int_equal(add("a", NULL), 0);
	assert_string_equal(state_of("a"), "starting");
	settle();
	assert_string_equal(state_of("a"), "running");
	assert_int_equal(aiot_host_alive_count(host), 1);
	assert_int_equal(aiot_host_start_task(host, "a"), -AIOT_EALREADY);
	assert_string_equal(aiot_host_error(host), "cannot start 'a': it is running already");
	assert_int_equal(aiot_host_stop_task(host, "a"), 0);
	run_until("a", "stopped");
	assert_int_equal(aiot_host_stop_task(host, "a"), -AIOT_EALREADY);
	assert_string_equal(aiot_host_error(host), "cannot stop 'a': it is stopped already");
	assert_int_equal(aiot_host_start_task(host, "a"), 0);
	assert_int_equal(aiot_host_delete_task(host, "a"), 0);
	settle();
	assert_int_equal(aiot_host_delete_task(host, "a"), -AIOT_ENOENT);
	assert_string_equal(aiot_host_error(host), "no such task: 'a'");
	assert_int_equal(aiot_host_start_task(host, "a"), -AIOT_ENOENT);
	assert_int_equal(aiot_host_stop_task(host, "a"), -AIOT_ENOENT);
	assert_null(aiot_host_task_state(host, "a"));
}

/* ---- services that are linked in ---- */

static void a_linked_service_runs_its_init_and_at_the_end_its_fini(void **state)
{
	static const char *const args[] = {"word", "x", NULL};

	(void)state;
	finis = 0;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, args), 0);
	assert_string_equal(printed, "[ OK ] Service: part.service (linked in) loaded\n");
	settle();
	assert_string_equal(state_of("part.service"), "running");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, args), -AIOT_EEXIST);
	assert_string_equal(aiot_host_error(host), "a service 'part' is known already");
	assert_int_equal(aiot_host_delete_task(host, "part.service"), 0);
	run_until("part.service", "none");
	assert_int_equal(finis, 1);
	assert_int_equal(unit_of("part")->load, AIOT_UNIT_UNLOADED);
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_int_equal(unit_of("part")->load, AIOT_UNIT_LOADED);
}

static void a_linked_service_that_fails_says_why_and_can_be_added_again(void **state)
{
	static const char *const bad[] = {"word", "bad", NULL}, *const mute[] = {"word", "mute",
										 NULL};
	static const char *const wrong[] = {"wrd", "x", NULL};

	(void)state;
	finis = 0;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, bad), -AIOT_ENODEV);
	assert_string_equal(aiot_host_error(host), "no such pin: 7");
	assert_string_equal(printed, "[ ERROR ] Service: part.service (linked in) not loaded: "
				     "Error: ENODEV: no such pin: 7\n");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, mute), -AIOT_EIO);
	assert_string_equal(aiot_host_error(host), "its init failed without a reason (EIO)");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, wrong), -AIOT_EINVAL);
	assert_int_equal(unit_of("part")->load, AIOT_UNIT_FAILED);
	assert_int_equal(aiot_host_task_count(host), 0);
	assert_int_equal(finis, 0);
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, NULL), 0);
	assert_null(unit_of("part")->error);
}

static void a_linked_service_that_was_unloaded_is_loaded_again_with_its_arguments(void **state)
{
	static const char *const args[] = {"word", "x", NULL}, *const bad[] = {"wrd", "x", NULL};

	(void)state;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, bad), -AIOT_EINVAL);
	assert_int_equal(aiot_host_load(host, "part"), -AIOT_ENOENT); /* it never was */
	assert_string_equal(aiot_host_error(host),
			    "is linked into the program, which alone can load it");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, args), 0);
	assert_int_equal(aiot_host_delete_task(host, "part.service"), 0);
	settle();
	assert_int_equal(aiot_host_load(host, NULL), 0);
	assert_int_equal(aiot_host_task_count(host), 0);
	assert_int_equal(aiot_host_load(host, "part"), 0);
	assert_string_equal(unit_of("part")->block->spec.args[0].value, "x");
	assert_null(unit_of("part")->linked);
	assert_int_equal(aiot_host_delete_task(host, "part.service"), 0);
	settle();
	assert_int_equal(aiot_host_load(host, "part"), 0);
}

static enum aiot_co says_no(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	AIOT_END(t);
}

static int escapes(struct aiot_task *t, void *self)
{
	(void)self;
	return aiot_fail(t, -AIOT_EIO, "%s", "a\033[2Jb\n[ OK ] c \302\233 \303\244");
}
AIOT_SERVICE(rude, struct part, .main = says_no, .init = escapes);

static void control_characters_of_a_service_are_printed_escaped(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_service(host, &aiot_service_rude, NULL), -AIOT_EIO);
	assert_string_equal(printed,
			    "[ ERROR ] Service: rude.service (linked in) not loaded: Error: EIO: "
			    "a\\x1b[2Jb\\x0a[ OK ] c \\xc2\\x9b \303\244\n");
}

static unsigned retries;

static void retry(void *arg, const char *text)
{
	print_line(arg, text);
	if (retries-- > 0) {
		install("good.so", "initfails"); /* has no such symbol: another error */
		(void)aiot_host_load(host, "pin");
	}
}

static void print_may_load_again_what_just_failed(void **state)
{
	(void)state;
	install("initfails.so", "initfails");
	unit_file("pin", "[Service]\nModule = initfails\n");
	assert_int_equal(aiot_host_reload(host), 0);
	retries = 2;
	host->print = retry;
	assert_true(aiot_host_load(host, "pin") < 0);
	assert_int_equal(unit_of("pin")->load, AIOT_UNIT_FAILED);
	assert_null(host->modules);
	assert_null(unit_of("pin")->module);
	assert_int_equal(aiot_host_task_count(host), 0);
}

static void a_key_without_a_value_is_refused(void **state)
{
	static const char *const odd[] = {"word", NULL};

	(void)state;
	assert_int_equal(add("a", odd), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host), "argument 'word' has no value");
	assert_int_equal(aiot_host_add_service(host, &aiot_service_part, odd), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host), "argument 'word' has no value");
}

static void what_is_no_service_or_cannot_be_named_so_is_refused(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_service(host, &of_the_future, NULL), -AIOT_EINVAL);
	assert_string_equal(aiot_host_error(host),
			    "service 'part' was built for ABI 9, this is ABI 1; rebuild it");
	assert_int_equal(aiot_host_add_service(host, &nameless, NULL), -AIOT_EINVAL);
	assert_int_equal(
		aiot_host_add_service(
			host,
			&aiot_service_with_a_name_that_is_far_too_long_for_the_name_of_a_service_,
			NULL),
		-AIOT_EINVAL);
	assert_non_null(strstr(aiot_host_error(host), "cannot be a service's name"));
	assert_int_equal(host->units.count, 0);
}

static void load_without_a_name_takes_what_is_enabled_and_tells_what_is_broken(void **state)
{
	(void)state;
	install("good.so", "good");
	install("initfails.so", "initfails");
	unit_file("off", "[Service]\nModule = good\nEnabled = no\n");
	unit_file("on", "[Service]\nModule = good\n[Args]\ncount = 5\n");
	unit_file("broken", "[Service]\nEnabled = no\nType = runtime\n");
	unit_file("disabled", "[Service]\nEnabled = no\n");
	unit_file("pin", "[Service]\nModule = initfails\n");
	unit_file("quiet", "[Service]\nModule = initfails\n[Args]\nmute = yes\n");
	unit_file("typo", "[Service]\nModule = good\n[Args]\ncuont = 5\n");
	assert_int_equal(aiot_host_reload(host), 0);
	assert_int_equal(aiot_host_load(host, NULL), 0);
	settle();
	assert_string_equal(state_of("on.service"), "running");
	assert_string_equal(state_of("off.service"), "none");
	assert_int_equal(aiot_host_task_count(host), 1);
	assert_string_equal(error_of("pin"), "no such pin: 7");
	assert_string_equal(error_of("quiet"), "its init failed without a reason (EIO)");
	assert_string_equal(error_of("typo"),
			    "admin/services.d/typo.ini:4: 'cuont' is no option of service 'good', "
			    "did you mean 'count'?");
	assert_non_null(strstr(printed, "[ OK ] Service: on.service from "));
	assert_non_null(strstr(printed, "[ ERROR ] Service: broken.service from "));
	assert_non_null(strstr(printed, "broken.ini not loaded: Error: "));
	assert_non_null(strstr(printed, "not loaded: Error: ENODEV: no such pin: 7\n"));
	assert_int_equal(aiot_host_load(host, "on"), -AIOT_EALREADY);
	assert_string_equal(aiot_host_error(host), "service 'on' is loaded already");
	assert_int_equal(aiot_host_load(host, "nix"), -AIOT_ENOENT);
	assert_string_equal(aiot_host_error(host), "there is no service 'nix'");
	assert_int_equal(aiot_host_load(host, "off.service"), 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		T(wrong_options_are_told_in_words),
		T(options_of_an_older_or_a_newer_program_are_understood),
		T(without_a_runtime_directory_the_log_is_in_memory_without_complaint),
		T(directories_are_made_and_what_cannot_be_is_told),
		T(a_host_may_have_a_loop_of_its_own),
		T(a_name_that_is_taken_gets_numbers_that_never_come_twice),
		T(a_name_that_is_taken_can_also_be_refused_or_ignored),
		T(a_task_that_cannot_be_added_is_told_why),
		T(tasks_without_arguments_share_what_they_can),
		T(orders_to_tasks_are_carried_out_or_refused_in_words),
		T(a_linked_service_runs_its_init_and_at_the_end_its_fini),
		T(a_linked_service_that_fails_says_why_and_can_be_added_again),
		T(a_linked_service_that_was_unloaded_is_loaded_again_with_its_arguments),
		T(control_characters_of_a_service_are_printed_escaped),
		T(print_may_load_again_what_just_failed),
		T(a_key_without_a_value_is_refused),
		T(what_is_no_service_or_cannot_be_named_so_is_refused),
		T(load_without_a_name_takes_what_is_enabled_and_tells_what_is_broken),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
