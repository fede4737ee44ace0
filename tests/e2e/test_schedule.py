"""Schedules at work: conditions that services declare, copies beside, rings, many across a restart."""
import signal

from aiot import Case, ini, main, wait_for

OFTEN = {'Every': '100ms', 'Overlap': 'allow'}


class Conditions(Case):
    def runs(self, daemon, name):
        return daemon.task(name)['runs']

    def test_a_service_s_own_condition_starts_its_task(self):
        daemon = self.daemon({'sensor': ini('sensor', args={'value': '20'},
                                            schedule={'When': "over '25' & every 1 hour"}),
                              'fan': ini('ends', schedule={'When': "sensor:over '25' & every 1 h"})})
        wait_for(lambda: daemon.json('status', '-d', 'sensor', code=None)['tasks'][0]
                 ['stats']['asked'] >= 3, 'it is asked')
        self.assertEqual(self.runs(daemon, 'sensor.service'), 0)
        self.assertEqual(self.runs(daemon, 'fan.service'), 0)
        self.assertIn('waits for its condition', daemon.ctl('timers', 'fan').stdout)
        daemon.ctl('set', 'sensor', 'value=30')
        wait_for(lambda: self.runs(daemon, 'sensor.service') == 1, 'the own one')
        wait_for(lambda: self.runs(daemon, 'fan.service') == 1, 'the one of another service')
        self.assertIn('over', daemon.ctl('describe', 'sensor').stdout)
        done = daemon.ctl('schedule', 'fan', '--when', 'sensor:under', code=2)
        self.assertIn('column 1', done.stderr)

    def test_a_condition_that_fails_is_false_and_said_once(self):
        daemon = self.daemon({'sensor': ini('sensor', args={'value': '0'},
                                            schedule={'When': 'over & every 1 h'})})
        daemon.wait_text("'over' failed: EIO: nobody answers; it counts as false")
        daemon.ctl('set', 'sensor', 'value=1')
        wait_for(lambda: self.runs(daemon, 'sensor.service') == 1, 'a run when it has recovered')
        told = [text for text in daemon.texts() if "'over' failed" in text]
        self.assertEqual(len(told), 1)

    def test_without_silence_it_ends_the_daemon_with_1_and_the_reason(self):
        daemon = self.daemon({'sensor': ini('sensor', args={'value': '0'},
                                            schedule={'When': 'over'}),
                              'tidy': ini('tidy')},
                             config='[Daemon]\nsilence_cond_check = no\n', wait=False)
        daemon.wait(code=1)
        self.assertIn("sensor.service: SilenceCondCheck=no, and its condition 'over' failed: "
                      'EIO: nobody answers', daemon.stderr() + daemon.stdout())
        self.assertFalse(daemon.socket.exists())

    def test_two_that_wait_for_each_other(self):
        daemon = self.daemon({'a': ini('ends', schedule={'When': "after task 'b'"}),
                              'b': ini('ends', schedule={'When': "after task 'a'"}),
                              'c': ini('ends', schedule={'When': "after task 'c'"})})
        told = daemon.ctl('traceback').stdout
        self.assertIn("'b.service' waits for 'a.service', that for 'b.service'", told)
        self.assertIn("'c.service' waits for itself", told)
        self.assertIn('c.ini:4: ', told)
        done = daemon.ctl('schedule', 'a', '--when', "after task 'a.service'", code=2)
        self.assertIn('waits for itself', done.stderr)


class Overlap(Case):
    def copies(self, daemon):
        return [task['name'] for task in daemon.json('list', '--all')['tasks']
                if task['name'].startswith('ends.service_')]

    def test_allow_runs_copies_beside_that_leave_when_they_end(self):
        daemon = self.daemon({'ends': ini('ends', args={'after': '1h'}, schedule=OFTEN)})
        wait_for(lambda: len(self.copies(daemon)) >= 3, 'three copies')
        daemon.ctl('unschedule', 'ends')
        names = self.copies(daemon)
        self.assertEqual(daemon.task(names[0])['state'], 'running')
        self.assertIn('ends.service_', daemon.ctl('status').stdout)
        daemon.ctl('stop', names[0])
        wait_for(lambda: names[0] not in self.copies(daemon), 'the one that was stopped has gone')
        self.assertEqual(daemon.task('ends.service')['state'], 'running')
        daemon.ctl('unload', 'ends')
        self.assertEqual(self.copies(daemon), [])

    def test_copies_have_the_options_of_the_next_run_and_are_bounded(self):
        daemon = self.daemon({'ends': ini('ends', args={'after': '1h'}, schedule={
            'Every': '1ms', 'Overlap': 'allow'})})
        wait_for(lambda: len(self.copies(daemon)) == 16, 'as many as there may be')
        daemon.ctl('set', 'ends', 'after=0')
        skipped = daemon.task('ends.service')['schedule']['skipped']
        wait_for(lambda: daemon.task('ends.service')['schedule']['skipped'] > skipped + 10,
                 'no more than that')
        self.assertEqual(len(self.copies(daemon)), 16)
        daemon.ctl('stop', self.copies(daemon)[0])
        wait_for(lambda: any(run['outcome'] == 'success' for run in
                             daemon.json('history', '-n', '50')['runs']), 'a short one')

    def test_queue_runs_one_more_and_skip_counts(self):
        slow = {'after': '300ms'}
        daemon = self.daemon({
            'skip': ini('ends', args=slow, schedule={'Every': '100ms'}),
            'queue': ini('ends', args=slow, schedule={'Every': '100ms', 'Overlap': 'queue'})})
        for name in ('skip.service', 'queue.service'):
            wait_for(lambda name=name: daemon.task(name)['runs'] >= 3, f'three runs of {name}')
            self.assertGreater(daemon.task(name)['schedule']['skipped'], 0)


class Again(Case):
    """A daemon that is started again with many scheduled services."""

    PLANS = {
        'every': {'Every': '1h'},
        'daily': {'When': 'daily'},
        'hourly': {'When': 'every 1 hour'},
        'cron': {'Cron': '* * * * *', 'CatchUp': 'one'},
        'once': {'When': "after task 'every'"},
    }

    def services(self):
        services = {f'{name}{n}': ini('ends', schedule={
            key: value.replace("'every'", f"'every{n}'") for key, value in plan.items()})
            for name, plan in self.PLANS.items() for n in range(20)}
        return {**services, 'slow': ini('ends', args={'after': '300ms'})}

    def runs(self, daemon):
        return {task['name']: task['runs'] for task in daemon.json('status', '*')['tasks']}

    def test_nothing_of_many_fires_twice(self):
        daemon = self.daemon(self.services())
        fired = [name for name in self.services() if not name.startswith(('cron', 'slow'))]
        wait_for(lambda: all(self.runs(daemon)[f'{name}.service'] == 1 for name in fired),
                 'each has run once')
        for number, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
            last = daemon.json('timers')
            daemon.stop(number, code=code)
            daemon = self.daemon(base=daemon.base)
            daemon.wait_state('slow.service', 'done')
            runs = self.runs(daemon)
            for name in fired:
                self.assertEqual(runs[f'{name}.service'], 0, name)
            now = {row['name']: row['schedule']['last_us'] for row in daemon.json('timers')['timers']}
            for row in last['timers']:
                if not row['name'].startswith('cron'):
                    self.assertAlmostEqual(now[row['name']], row['schedule']['last_us'],
                                           delta=1000, msg=row['name'])


if __name__ == '__main__':
    main()
