"""The service watcher: what failed is started again and counted, and what is done when it is too much."""
import json
import os
import pathlib
import signal

from aiot import Case, ini, wait_for, main

SOON = {'after': '10ms', 'every': '20ms'}


class Watcher(Case):
    def watch(self, services=None, **args):
        return self.daemon({**(services or {}), 'watcher': ini('watcher', args={**SOON, **args})})

    def stats(self, daemon):
        return daemon.json('stats', 'watcher')['tasks'][0]['stats']

    def passes(self, daemon, count=3):
        """Waits for so many more looks."""
        first = self.stats(daemon)['passes']
        wait_for(lambda: self.stats(daemon)['passes'] >= first + count, f'{count} looks')

    def test_what_failed_is_started_until_it_runs_and_each_failure_is_counted_once(self):
        report = pathlib.Path(self.dir, 'report.json')
        daemon = self.watch({'x': ini('flaky', args={'fails': 2})}, report=report)
        wait_for(lambda: daemon.task('x')['runs'] == 3, 'the third run')
        self.passes(daemon)
        self.assertEqual(daemon.task('x')['state'], 'running')
        stats = self.stats(daemon)
        self.assertEqual((stats['errors'], stats['restarts']), (2, 2))
        self.assertIn('EIO: 2', daemon.ctl('report', 'watcher').stdout)

        def written():
            kept = report.exists() and json.loads(report.read_text())
            return kept and kept['errors'] == 2 and kept['tasks'][0]['restarts'] == 2 and kept
        kept = wait_for(written, 'the report')['tasks'][0]
        self.assertEqual((kept['name'], kept['kinds'], kept['last']),
                         ('x.service', {'EIO': 2}, 'run 2 has no luck'))
        before = report.stat()
        self.passes(daemon, 5)
        self.assertEqual(report.stat().st_ino, before.st_ino, 'written again, and nothing was new')
        daemon.ctl('call', 'watcher', 'clear')
        wait_for(lambda: json.loads(report.read_text()) == {'errors': 0, 'tasks': []}, 'an empty report')

    def test_a_policy_of_its_own_and_what_is_held_are_left_alone(self):
        daemon = self.watch({
            'own': ini('flaky', args={'fails': 9}, Restart='on-failure', RestartSec='1h',
                       RestartMaxSec='2h'),
            'held': ini('flaky', args={'fails': 9}, Restart='on-failure', StartLimitBurst=1,
                        StartLimitIntervalSec='1h', RestartSec='10ms', RestartMaxSec='10ms'),
            'exempt': ini('flaky', args={'fails': 9})}, **{'except': 'ex*'})
        daemon.wait_state('own', 'restarting')
        daemon.wait_state('held', 'held')
        self.passes(daemon)
        stats = self.stats(daemon)
        self.passes(daemon)
        self.assertEqual(self.stats(daemon)['errors'], stats['errors'], 'counted twice')
        self.assertEqual(stats['restarts'], 0)
        self.assertEqual([daemon.task(name)['state'] for name in ('own', 'held', 'exempt')],
                         ['restarting', 'held', 'failed'])
        self.assertEqual(daemon.task('exempt')['runs'], 1)
        text = daemon.ctl('report', 'watcher').stdout
        for name in ('own', 'held', 'exempt'):
            self.assertIn(f'{name}.service: 0 restarts\n', text)

    def test_children_that_failed_are_started_again(self):
        daemon = self.watch(led='none', sysfs=self.dir)
        wait_for(lambda: self.stats(daemon)['restarts'] >= 2, 'the child was started again')
        self.assertIn('watcher.service.beat: ', daemon.ctl('report', 'watcher').stdout)

    def test_too_many_errors_run_the_command_that_reboots(self):
        mark = pathlib.Path(self.dir, 'mark')
        daemon = self.watch({'x': ini('flaky', args={'fails': 2})}, limits='x:1', action='reboot',
                            **{'reboot-command': f'echo $PPID >>{mark}; exit 3'})
        daemon.wait_text("x.service: 2 errors, 1 allowed; action: reboot")
        daemon.wait_text(': exit code 3')
        self.passes(daemon)
        self.assertEqual(mark.read_text(), f'{daemon.pid}\n')

    def test_too_many_errors_restart_the_daemon(self):
        told = '2 errors in all, 1 allowed; action: restart-daemon'
        daemon = self.watch({'x': ini('flaky', args={'fails': 3})}, action='restart-daemon',
                            **{'max-errors': 1})

        def ask(*words):  # it is away now and then
            return daemon.ctl(*words, code=None).stdout
        wait_for(lambda: ask('log', '-o', 'cat').count(told) >= 2, 'it is restarted, and begins from zero')
        daemon.write('x', ini('flaky', args={'fails': 0}))

        def calm():
            tasks = {task['name']: task for task in json.loads(ask('--json', 'status') or '{}').get('tasks', ())}
            return (tasks.keys() == {'x.service', 'watcher.service'} and tasks['x.service']['runs'] == 1
                    and tasks['x.service']['state'] == 'running')
        wait_for(calm, 'the new file is read')
        self.passes(daemon)
        self.assertEqual(self.stats(daemon)['errors'], 0)

    def test_a_report_that_cannot_be_written_is_told_once(self):
        daemon = self.watch(report=pathlib.Path(self.dir, 'none/report'))
        daemon.wait_text('cannot be written: No such file or directory')
        self.passes(daemon, 5)
        self.assertEqual(sum('cannot be written' in text for text in daemon.texts()), 1)


class Watchdog(Case):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.dir, 'dog')
        os.mkfifo(self.path)
        self.fifo = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(self.leave)
        self.eaten = b''

    def leave(self):
        if self.fifo is not None:
            os.close(self.fifo)
        self.fifo = None

    def eat(self):
        try:
            self.eaten += os.read(self.fifo, 4096)
        except BlockingIOError:
            pass
        return self.eaten

    def watch(self):
        daemon = self.daemon({'watcher': ini('watcher', args={**SOON, 'watchdog': self.path})})
        wait_for(lambda: self.eat().count(b'.') >= 3, 'it is fed')
        return daemon

    def test_it_is_fed_and_calmed_by_an_orderly_end(self):
        daemon = self.watch()
        daemon.stop()
        self.assertEqual(self.eat().strip(b'.'), b'V')

    def test_it_is_left_alone_when_the_daemon_dies(self):
        daemon = self.watch()
        daemon.kill(signal.SIGKILL)
        daemon.wait(code=-signal.SIGKILL)
        self.assertNotIn(b'V', self.eat())

    def test_one_that_takes_nothing_is_told_once_and_the_rest_goes_on(self):
        daemon = self.watch()
        self.leave()
        daemon.wait_text('the watchdog cannot be fed: Broken pipe')
        passes = daemon.json('stats', 'watcher')['tasks'][0]['stats']['passes']
        wait_for(lambda: daemon.json('stats', 'watcher')['tasks'][0]['stats']['passes'] > passes + 3, 'looks')
        self.assertEqual(sum('cannot be fed' in text for text in daemon.texts()), 1)


if __name__ == '__main__':
    main()
