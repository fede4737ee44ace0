"""Each way in which a service can take the daemon along: the next start knows which one, and comes up."""
import os
import resource
import signal
import unittest

import aiot
from aiot import Case, MUSL, SANITIZED, ini, wait_for

# The sanitizer has handlers of its own, and reports what it catches.
PLAIN = {'ASAN_OPTIONS': 'handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:'
                         'handle_sigill=0:handle_sigtrap=0:use_sigaltstack=0:detect_leaks=0:'
                         'exitcode=99'}
EMULATED = 'AIOT_EMULATED' in os.environ
Y = ini('flaky', args={'fails': 0})


def crash(place='run', schedule=None, **args):
    return ini('crash', args={'in': place, **args}, schedule=schedule)


@unittest.skipIf(EMULATED, 'qemu-user has handlers of its own')
class Crashing(Case):
    def start(self, services=None, base=None, wait=True, **more):
        more['env'] = {**PLAIN, **more.get('env', {})}
        return self.daemon(services, base=base, wait=wait, start_new_session=True, **more,
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))

    def crashed(self, services=None, code=-signal.SIGSEGV, base=None, **more):
        daemon = self.start(services, base, wait=False, **more)
        daemon.wait(code=code)
        return daemon

    def up(self, base, states):
        """A daemon in that directory that has come up, with its services in these states."""
        daemon = self.start(base=base)
        for name, state in states.items():
            daemon.wait_state(name, state)
        return daemon


class Places(Crashing):
    def test_each_place_of_a_service_is_named_and_held(self):
        for place, words in (('start', 'in x.service'), ('step100', r'in x.service at .*crash\.c:\d+'),
                             ('on_error', 'in x.service'), ('work', 'in x.service, in a thread that works for it')):
            with self.subTest(place):
                first = self.crashed({'x': crash(place), 'y': Y})
                self.assertRegex(first.stderr(), f'aiotoolsd: SIGSEGV {words}')
                self.up(first.base, {'x': 'held', 'y': 'running'}).stop()

    def test_what_is_asked_of_it_is_named(self):
        for place, ask, words in (('nothing', ('call', 'x', 'now'), 'in one of its verbs'),
                                  ('report', ('report', 'x'), 'in its report'),
                                  ('finally', ('stop', 'x'), 'at .*crash'),
                                  ('on_stop', ('stop', 'x'), '')):
            with self.subTest(place):
                first = self.start({'x': crash(place), 'y': Y})
                first.wait_state('x', 'done' if place == 'nothing' else 'running')
                first.ctl(*ask, code=None)
                first.wait(code=-signal.SIGSEGV)
                self.assertRegex(first.stderr(), f'aiotoolsd: SIGSEGV in x.service,? ?{words}')
                self.up(first.base, {'x': 'held', 'y': 'running'}).stop()

    def test_a_condition_is_named(self):
        first = self.crashed({'x': crash('condition', schedule={'When': 'warm'}), 'y': Y})
        self.assertIn('SIGSEGV in x.service, in one of its conditions', first.stderr())
        self.up(first.base, {'x': 'held', 'y': 'running'})

    def test_a_fini_is_named_when_it_is_unloaded_and_when_the_daemon_ends(self):
        services = {'x': crash('fini'), 'y': Y}
        first = self.start(services)
        first.ctl('unload', 'x', code=None)
        first.wait(code=-signal.SIGSEGV)
        self.assertIn('SIGSEGV in x.service, in its fini', first.stderr())
        second = self.up(first.base, {'x': 'held', 'y': 'running'})
        second.kill(signal.SIGTERM)
        second.wait(code=-signal.SIGSEGV)
        self.assertIn('SIGSEGV in x.service, in its fini', second.stderr())
        self.up(second.base, {'x': 'held', 'y': 'running'}).ends_as = -signal.SIGSEGV

    @unittest.skipIf(MUSL, 'musl never unmaps a module')
    def test_the_end_of_its_object_file_is_named(self):
        first = self.start({'x': crash('nothing'), 'y': Y}, env={'CRASH_AT_THE_END': '1'})
        first.ctl('unload', 'x', code=None)
        first.wait(code=-signal.SIGABRT)
        self.assertIn('SIGABRT in crash, while it was unloaded', first.stderr())
        self.up(first.base, {'y': 'running'})

    def test_a_reload_that_crashes_in_the_new_one_s_init_is_told(self):
        first = self.start({'x': crash('nothing'), 'y': Y})
        first.write('x', crash('init'))
        first.ctl('reload', 'x', code=None)
        first.wait(code=-signal.SIGSEGV)
        self.assertIn('SIGSEGV in x.service, in its init', first.stderr())
        second = self.up(first.base, {'y': 'running'})
        self.assertEqual(second.json('services', 'x')['services'][0]['load'], 'failed')


class OutsideOfSteps(Crashing):
    def test_a_callback_of_libuv_s_is_its_module_s(self):
        for how, code in (('null', signal.SIGSEGV), ('abort', signal.SIGABRT)):
            with self.subTest(how):
                first = self.crashed({'x': crash('timer', how=how), 'y': Y}, -code)
                self.assertIn(f'{code.name} in code of crash.so, in no step of a task', first.stderr())
                second = self.up(first.base, {'x': 'held', 'y': 'running'})
                self.assertEqual(second.json('info')['info']['held'], ['crash.so'])
                self.assertIn('x.service is held: it crashed the daemon', second.stderr())
                second.ctl('set', 'x', 'in=nothing')
                second.ctl('start', 'x')
                self.assertNotIn('held', second.json('info')['info'])
                second.stop()

    def test_a_thread_of_its_own_is_its_module_s(self):
        first = self.crashed({'x': crash('thread'), 'y': Y})
        self.assertIn('SIGSEGV in code of crash.so, in no step of a task', first.stderr())
        self.up(first.base, {'x': 'held', 'y': 'running'})

    def test_what_its_init_began_and_crashes_while_it_is_held_is_not_loaded(self):
        services = {'x': crash('init_timer'), 'y': Y}
        first = self.crashed(services)
        second = self.crashed(base=first.base)
        third = self.up(second.base, {'y': 'running'})
        row, = third.json('services', 'x')['services']
        self.assertEqual(row['load'], 'failed')
        self.assertIn('aiotoolsctl load x tries again', row['error']['message'])
        third.stop()

    @unittest.skipIf(SANITIZED, 'its frames end somewhere else')
    def test_a_thread_that_overflows_its_stack_leaves_a_record(self):
        first = self.crashed({'x': crash('work', how='stack'), 'y': Y})
        self.assertIn('SIGSEGV in x.service, in a thread that works for it', first.stderr())
        self.up(first.base, {'x': 'held', 'y': 'running'})


class Kinds(Crashing):
    def test_assert_and_trap(self):
        for how in ('assert', 'trap'):
            with self.subTest(how):
                first = self.start({'x': crash(how=how), 'y': Y}, wait=False)
                code = first.wait(code=None)
                name = signal.Signals(-code).name
                self.assertIn(name, ('SIGABRT', 'SIGILL', 'SIGTRAP'))
                self.assertRegex(first.stderr(), rf'aiotoolsd: {name} in x\.service at .*crash\.c:\d+')
                self.up(first.base, {'x': 'held', 'y': 'running'}).stop()

    @unittest.skipIf(SANITIZED or MUSL, "it tells of that itself, or has another malloc")
    def test_a_heap_that_malloc_finds_broken(self):
        first = self.crashed({'x': crash(how='heap'), 'y': Y}, -signal.SIGABRT)
        self.assertRegex(first.stderr(), r'aiotoolsd: SIGABRT in x\.service at .*crash\.c:\d+')
        self.up(first.base, {'x': 'held', 'y': 'running'})

    def test_a_service_that_calls_exit_has_crashed_the_daemon(self):
        for place, words in (('run', r'x\.service at .*crash\.c:\d+'), ('timer', r'code of crash\.so')):
            with self.subTest(place):
                first = self.crashed({'x': crash(place, how='exit'), 'y': Y}, 1)
                self.assertRegex(first.stderr(), rf'aiotoolsd: call of exit in {words}')
                second = self.up(first.base, {'x': 'held', 'y': 'running'})
                self.assertIn('crashed the daemon: call of exit in', second.task('x')['error']['message'])
                second.stop()


class Blocking(Crashing):
    CONFIG = '[Daemon]\nStallWarnSec = 100ms\nStallAbortSec = 500ms\n'

    def blocked(self, place, how='sleep', ask=None):
        services = {'x': crash(place, how=how), 'y': Y}
        first = self.start(services, config=self.CONFIG, wait=ask is not None)
        if ask:
            first.ctl(*ask, code=None)
        first.wait(code=-signal.SIGABRT)
        self.assertIn('x.service blocks the loop for', first.stderr())
        self.assertIn('ending the program (StallAbortSec=)', first.stderr())
        self.assertIn('aiotoolsd: SIGABRT, because the loop was blocked for', first.stderr())
        return first

    def test_a_system_call_that_does_not_return_ends_the_daemon_and_is_held(self):
        first = self.blocked('run')
        self.assertRegex(first.stderr(), r'blocks the loop for [^\n]*, in the step from crash\(\) [^\n]*crash\.c:\d+ on; '
                                         r'it waits in the kernel')
        self.up(first.base, {'x': 'held', 'y': 'running'})

    def test_also_one_that_blocks_all_signals(self):
        first = self.blocked('run', how='deaf')
        self.up(first.base, {'x': 'held', 'y': 'running'})

    def test_also_in_its_init_which_is_not_loaded_again(self):
        first = self.blocked('init')
        second = self.up(first.base, {'y': 'running'})
        self.assertEqual(second.json('services', 'x')['services'][0]['load'], 'failed')

    def test_also_in_a_verb_and_in_its_fini(self):
        for place, ask in (('nothing', ('call', 'x', 'now')), ('fini', ('unload', 'x'))):
            with self.subTest(place):
                first = self.blocked(place, ask=ask)
                second = self.up(first.base, {'x': 'held', 'y': 'running'})
                second.ends_as = -signal.SIGABRT if place == 'fini' else 0


class Rows(Crashing):
    def test_many_that_crash_are_all_held_in_the_end(self):
        """As many starts as there are culprits, as of a service manager that does not give up."""
        names = [f'x{i}' for i in range(8)]
        base, starts = None, 0
        services = {name: crash(after=f'{i}ms') for i, name in enumerate(names)}
        for i, name in enumerate(names):
            crashed = self.crashed(services if base is None else None, base=base)
            base = crashed.base
        self.up(base, {**{name: 'held' for name in names}})

    def test_the_log_s_size_may_change_behind_a_crash(self):
        first = self.crashed({'x': crash(), 'y': Y})
        daemon = self.start(base=first.base, config='[Log]\nSize = 64K\n')
        daemon.wait_state('x', 'held')
        daemon.wait_state('y', 'running')

    def test_a_list_that_cannot_be_read_or_written_keeps_nobody_from_starting(self):
        first = self.crashed({'x': crash(), 'y': Y})
        (first.run / 'held').mkdir()
        second = self.up(first.base, {'x': 'held', 'y': 'running'})
        self.assertTrue(any('services that are held will not be after the next start' in t
                            for t in second.texts()), second.texts())
        second.stop()


if __name__ == '__main__':
    aiot.main()
