"""Services that fail, hang, block, crash or leak: what becomes of them, of the others, and of the daemon."""
import os
import resource
import signal
import unittest

import aiot
from aiot import Case, SANITIZED, ini, wait_for

FAST = {'RestartSec': '20ms', 'RestartMaxSec': '50ms'}
# The sanitizer has handlers of its own, and reports what it catches.
PLAIN = {'ASAN_OPTIONS': 'handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:'
                         'handle_sigill=0:use_sigaltstack=0:exitcode=99'}
EMULATED = 'AIOT_EMULATED' in os.environ


class Restart(Case):
    def test_a_service_that_fails_is_started_again_until_it_runs(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 3}, Restart='on-failure', **FAST)})
        wait_for(lambda: daemon.task('x')['runs'] == 4, 'the fourth run')
        daemon.wait_state('x', 'running')
        self.assertEqual(daemon.task('x')['restarts'], 3)
        texts = daemon.texts('x')
        for attempt in (1, 2, 3):
            self.assertIn(f'started again, attempt {attempt}', texts)
        outcomes = [run['outcome'] for run in daemon.json('history', 'x')['runs']]
        self.assertEqual(outcomes, ['fail'] * 3)

    def test_status_tells_when_it_is_tried_again(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 9}, Restart='on-failure',
                                       RestartSec='1h', RestartMaxSec='2h')})
        daemon.wait_state('x', 'restarting')
        task = daemon.task('x')
        self.assertEqual(task['restart']['attempt'], 1)
        self.assertTrue(3000e6 < task['restart']['in_us'] <= 3960e6, task)
        self.assertEqual(task['error']['message'], 'run 1 has no luck')
        self.assertRegex(daemon.ctl('status', 'x', '--no-log', code=3).stdout,
                         r'x\.service: status: restarting in .*, attempt 1 - failed @ .* --> '
                         r'result: EIO: run 1 has no luck\n')
        debug = daemon.ctl('status', '--debug', '--no-log', 'x', code=3).stdout
        self.assertIn('restart: on-failure after 1h, later up to 2h, anew behind a run of 1min; '
                      'at most 5 within 10s\n', debug)
        self.assertIn('restarting', daemon.ctl('list').stdout)
        self.assertEqual(daemon.ctl('is-active', 'x', code=3).stdout, 'restarting\n')
        # A stop ends that, a start begins at once, an unload takes it along.
        self.assertEqual(daemon.ctl('stop', 'x').stdout, 'x.service: stopped\n')
        self.assertEqual(daemon.task('x')['state'], 'stopped')
        daemon.ctl('start', 'x', code=None)
        daemon.wait_state('x', 'restarting')
        self.assertEqual(daemon.task('x')['error']['message'], 'run 2 has no luck')
        daemon.ctl('unload', 'x')
        self.assertIsNone(daemon.task('x'))

    def test_what_fails_too_often_is_held_until_it_is_started(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 5}, Restart='on-failure',
                                       StartLimitBurst=2, StartLimitIntervalSec='1h', **FAST),
                              'y': ini('flaky', args={'fails': 0})})
        daemon.wait_state('x', 'held')
        self.assertEqual(daemon.task('x')['runs'], 3)
        self.assertEqual(daemon.task('x')['held'], 'it was started again 2 times within 1h')
        status = daemon.ctl('status', 'x', '--no-log', code=3).stdout
        self.assertRegex(status, r'x\.service: status: held @ .* --> result: EIO: run 3 has no luck')
        self.assertIn('held: it was started again 2 times within 1h; aiotoolsctl start x.service',
                      status)
        self.assertTrue(any('held: it was started again 2 times' in t for t in daemon.texts('x')))
        daemon.ctl('is-failed', 'x')
        # What is not named is left alone.
        daemon.ctl('stop', 'y')
        daemon.ctl('start', '*')
        self.assertEqual(daemon.task('x')['state'], 'held')
        self.assertEqual(daemon.ctl('reset-failed', 'x').stdout, 'x.service: stopped\n')
        daemon.ctl('start', 'x', code=None)
        wait_for(lambda: daemon.task('x')['runs'] == 6, 'the sixth run')
        daemon.wait_state('x', 'running')

    def test_a_task_that_makes_no_step_is_failed_and_started_again(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 1, 'hang': 'yes'},
                                       Restart='on-failure', WatchdogSec='200ms', **FAST)})
        wait_for(lambda: daemon.task('x')['runs'] == 2, 'the second run')
        daemon.wait_text('failed: ETIMEDOUT: made no step within its WatchdogSec of 200ms')
        daemon.wait_state('x', 'running')

    def test_wrong_use_of_the_api_fails_its_task_and_no_other(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 1, 'misuse': 'yes'},
                                       Restart='on-failure', **FAST),
                              'y': ini('flaky', args={'fails': 0})})
        wait_for(lambda: daemon.task('x')['runs'] == 2, 'the second run')
        daemon.wait_text('wrong use of the API')
        daemon.wait_state('x', 'running')
        self.assertEqual(daemon.task('y')['runs'], 1)

    def test_the_daemon_ends_while_a_service_pauses(self):
        daemon = self.daemon({'x': ini('flaky', args={'fails': 9}, Restart='on-failure',
                                       RestartSec='1h')})
        daemon.wait_state('x', 'restarting')
        daemon.stop()
        self.assertNotIn('started again', daemon.told())

    def test_a_scheduled_run_that_fails_is_repeated(self):
        daemon = self.daemon({'x': ini('ends', args={'code': 5}, schedule={'Every': '1h'},
                                       Restart='on-failure', StartLimitBurst=2, **FAST)})
        wait_for(lambda: daemon.task('x')['runs'] == 3, 'the third run')
        daemon.wait_state('x', 'scheduled')
        self.assertEqual(daemon.task('x')['last'], 'failed')
        self.assertIsNotNone(daemon.task('x')['schedule']['next_us'])
        daemon.wait_text('not tried again before its schedule says so')


class Blocks(Case):
    def test_a_step_that_spins_is_named_with_its_line(self):
        daemon = self.daemon({'x': ini('spin', args={'hold': '1s'})},
                             config='[Daemon]\nStallWarnSec = 100ms\n')
        daemon.wait_text('blocked the loop for ')
        line = next(t for t in daemon.texts('x') if 'blocked the loop' in t)
        self.assertRegex(line, r'blocked the loop for .*, in the step from spin\(\) '
                               r'tests/e2e/services/spin\.c:\d+ on')
        wait_for(lambda: 'x.service blocks the loop for' in daemon.stderr(), 'a line while it lasts')

    def test_a_step_that_sleeps_is_told_as_that(self):
        daemon = self.daemon({'x': ini('block', args={'hold': '1s'})},
                             config='[Daemon]\nStallWarnSec = 100ms\n')
        daemon.wait_text("in a run's first step; it waits in the kernel")

    def test_where_nobody_reads_what_is_printed_the_daemon_ends_all_the_same(self):
        reader, writer = os.pipe2(os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(writer, bytes(4096))
        os.set_blocking(writer, True)
        daemon = self.daemon({'x': ini('spin', args={'hold': '1s'})}, pass_fds=(writer,),
                             prefix=['sh', '-c', f'exec "$@" 2>&{writer}', 'sh'],
                             config='[Daemon]\nStallWarnSec = 100ms\n')
        os.close(writer)
        daemon.wait_state('x', 'done')
        daemon.stop()

    def test_short_steps_are_not_told(self):
        daemon = self.daemon({'x': ini('spin', args={'hold': '50ms'})},
                             config='[Daemon]\nStallWarnSec = 1min\n')
        daemon.wait_state('x', 'done')
        self.assertFalse(any('blocked the loop' in t for t in daemon.texts()))

    def test_with_the_hard_watchdog_the_next_daemon_holds_the_culprit(self):
        services = {'x': ini('spin', args={'forever': 'yes'}),
                    'y': ini('flaky', args={'fails': 0})}
        config = '[Daemon]\nStallWarnSec = 0\nStallAbortSec = 500ms\n'
        daemon = self.daemon(services, config=config, wait=False, env=PLAIN)
        daemon.wait(code=-signal.SIGABRT)
        self.assertIn('x.service blocks the loop for', daemon.stderr())
        second = self.daemon(services, base=daemon.base, env=PLAIN)
        self.assertEqual(second.task('x')['state'], 'held')
        self.assertRegex(second.task('x')['error']['message'],
                         r'crashed the daemon: SIGABRT, because the loop was blocked for .* in '
                         r'x\.service at tests/e2e/services/spin\.c:\d+')
        self.assertEqual(second.task('y')['state'], 'running')
        second.ctl('reset-failed', 'x')
        self.assertEqual(second.task('x')['state'], 'stopped')


@unittest.skipIf(EMULATED, 'qemu-user has handlers of its own')
class Crashes(Case):
    def crashed(self, services, number=signal.SIGSEGV, base=None):
        """A daemon that has ended by this signal, of which the next one should know."""
        daemon = self.daemon(services, base=base, wait=False, env=PLAIN, start_new_session=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
        daemon.wait(code=-number)
        return daemon

    def test_the_culprit_of_a_crash_is_held_and_told_until_it_is_started(self):
        services = {'x': ini('crash'), 'y': ini('flaky', args={'fails': 0})}
        first = self.crashed(services)
        self.assertRegex(first.stderr(), r'aiotoolsd: SIGSEGV in x\.service at '
                                         r'tests/e2e/services/crash\.c:\d+ \(.*\+0x[0-9a-f]+\)')
        daemon = self.daemon(services, base=first.base, env=PLAIN)
        daemon.wait_state('y', 'running')
        task = daemon.task('x')
        self.assertEqual((task['state'], task['runs']), ('held', 0))
        self.assertRegex(task['error']['message'],
                         r'crashed the daemon: SIGSEGV in x\.service at .*crash\.c:\d+')
        self.assertEqual(task['error']['traceback'][0]['function'], 'crash')
        self.assertRegex(daemon.ctl('status', 'x', '--no-log', code=3).stdout,
                         r'x\.service: status: held @ .* --> result: Error: crashed the daemon: SIGSEGV')
        self.assertEqual(daemon.json('info')['info']['held'], ['x'])
        self.assertTrue(any(t.startswith('crashed the run before this one: SIGSEGV')
                            for t in daemon.texts('x')))
        self.assertIn('x.service is held: it crashed the daemon', daemon.stderr())
        self.assertEqual([r['outcome'] for r in daemon.json('history', 'x')['runs']], ['crash'])
        # An orderly restart does not let it go, a start does.
        daemon.stop()
        self.assertTrue((daemon.run / 'held').exists())
        third = self.daemon(services, base=first.base, env=PLAIN)
        self.assertEqual(third.task('x')['state'], 'held')
        third.ctl('set', 'x', 'in=nothing')
        third.ctl('start', 'x')
        self.assertFalse((third.run / 'held').exists())
        self.assertNotIn('held', third.json('info')['info'])

    def test_of_two_culprits_both_are_held(self):
        services = {'x': ini('crash'), 'y': ini('crash', args={'after': '100ms', 'how': 'abort'})}
        first = self.crashed(services)
        second = self.crashed(services, signal.SIGABRT, base=first.base)
        daemon = self.daemon(services, base=second.base, env=PLAIN)
        self.assertEqual([daemon.task(name)['state'] for name in 'xy'], ['held', 'held'])
        daemon.ctl('reset-failed')
        self.assertEqual([daemon.task(name)['state'] for name in 'xy'], ['stopped', 'stopped'])

    def test_what_crashes_in_its_init_is_not_loaded_until_it_is_asked_for(self):
        services = {'x': ini('crash', args={'in': 'init'}), 'y': ini('flaky', args={'fails': 0})}
        first = self.crashed(services)
        self.assertIn('SIGSEGV in x.service, in its init', first.stderr())
        daemon = self.daemon(services, base=first.base, env=PLAIN)
        daemon.wait_state('y', 'running')
        row, = daemon.json('services', 'x')['services']
        self.assertEqual(row['load'], 'failed')
        self.assertRegex(row['error']['message'],
                         r'it crashed the daemon: SIGSEGV in x\.service, in its init.*; '
                         r'aiotoolsctl load x tries again')
        daemon.write('x', ini('crash', args={'in': 'nothing'}))
        daemon.ctl('load', 'x')
        self.assertFalse((daemon.run / 'held').exists())

    def test_each_kind_of_crash_leaves_its_record(self):
        for how, number in (('stack', signal.SIGSEGV), ('divide', signal.SIGFPE),
                            ('abort', signal.SIGABRT)):
            with self.subTest(how):
                if how == 'divide' and os.uname().machine != 'x86_64':
                    continue  # others divide by zero without a word
                if how == 'stack' and SANITIZED:
                    continue  # its frames end somewhere else
                first = self.crashed({'x': ini('crash', args={'how': how})}, number)
                daemon = self.daemon(base=first.base, env=PLAIN)
                self.assertIn(f'crashed the daemon: {number.name} in x.service at ',
                              daemon.task('x')['error']['message'])

    def test_a_run_s_first_step_a_thread_and_a_verb_are_named(self):
        first = self.crashed({'x': ini('crash', args={'in': 'start'})})
        self.assertRegex(first.stderr(), r'aiotoolsd: SIGSEGV in x\.service \(.*\+0x')
        second = self.crashed({'x': ini('crash', args={'in': 'work'})})
        self.assertIn('SIGSEGV in x.service, in a thread that works for it', second.stderr())
        third = self.daemon({'x': ini('crash', args={'in': 'nothing'})}, env=PLAIN)
        self.ctl(third.socket, 'call', 'x', 'now', code=None)
        third.wait(code=-signal.SIGSEGV)
        self.assertIn('SIGSEGV in x.service, in one of its verbs', third.stderr())

    def test_a_signal_from_elsewhere_holds_nobody(self):
        services = {'y': ini('flaky', args={'fails': 0})}
        first = self.daemon(services, env=PLAIN)
        first.kill(signal.SIGABRT)
        first.wait(code=-signal.SIGABRT)
        self.assertIn('SIGABRT, sent by another process outside of any task', first.stderr())
        daemon = self.daemon(services, base=first.base, env=PLAIN)
        daemon.wait_state('y', 'running')
        daemon.wait_text('the run before this one crashed: SIGABRT')


class Leaks(Case):
    def test_info_counts_open_files_and_warns(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        daemon = self.daemon({'x': ini('leak', args={'files': 10})}, preexec_fn=few)
        daemon.wait_state('x', 'done')
        files = daemon.json('info')['info']['files']
        self.assertEqual(files['limit'], 100)
        self.assertNotIn('warning', files)
        daemon.ctl('set', 'x', 'files=60')
        daemon.ctl('start', 'x')
        daemon.wait_state('x', 'done')
        more = daemon.json('info')['info']['files']
        self.assertEqual(more['open'], files['open'] + 60)
        self.assertIn('of 100 files that may be open are; a service may forget to close some',
                      more['warning'])
        self.assertIn('a service may forget to close some', daemon.ctl('info').stdout)

    def test_who_may_mend_it_gets_in_when_all_files_are_taken(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
        daemon = self.daemon({'x': ini('leak', args={'files': 1000})}, wait=False, preexec_fn=few)
        wait_for(lambda: daemon.ctl('is-failed', 'x', code=None).returncode == 0, 'the failure', 30)
        for _ in range(3):  # one behind the other
            files = daemon.json('info')['info']['files']
            self.assertEqual((files['open'], files['limit']), (60, 60))
            self.assertIn('60 of 60 files that may be open are', files['warning'])
        self.assertIn('nothing can be opened any more', daemon.ctl('status', 'x', code=3).stdout)


if __name__ == '__main__':
    aiot.main()
