"""The wall clock is set: forward, back, and from 1970 to now.  The machine's own is left alone."""
import datetime
import os
import signal
import struct
import time

from aiot import BUILD, BYTE_ORDER, ENVIRONMENT, SANITIZED, Case, ini, main, wait_for

HOUR = 3600


def local(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


class Clock(Case):
    """A daemon with a wall clock that the test sets."""

    def begin(self, services, at=None, **options):
        """at: what its clock shows, in seconds since 1970; None: it goes on."""
        self.offset = f'{self.dir}/offset'
        self.pipe = f'{self.dir}/pipe'
        if at is not None:
            self.shift(at)
            os.mkfifo(self.pipe)
        env = {'LD_PRELOAD': str(BUILD / 'tests/e2e/setclock.so'),
               'AIOT_CLOCK_OFFSET': self.offset, 'AIOT_CLOCK_PIPE': self.pipe}
        if SANITIZED:
            # gcc's has to be the first library, and comes second now.
            env['ASAN_OPTIONS'] = ENVIRONMENT['ASAN_OPTIONS'] + ':verify_asan_link_order=0'
        return self.daemon(services, env=env, **options)

    def shift(self, at):
        with open(self.offset, 'r+b' if os.path.exists(self.offset) else 'wb') as file:
            file.write(struct.pack(BYTE_ORDER + 'q', int((at - time.time()) * 1e9)))

    def set(self, at):
        self.shift(at)
        pipe = os.open(self.pipe, os.O_RDWR)  # a reader, too: it never blocks
        os.write(pipe, bytes(8))
        os.close(pipe)

    def runs(self, daemon, name):
        return daemon.task(name)['runs']

    def schedule(self, daemon, name):
        return daemon.task(name)['schedule']

    def test_a_board_without_a_clock_runs_spans_and_waits_with_calendars(self):
        daemon = self.begin({'ends': ini('ends', schedule={'Every': '200ms'}),
                             'world': ini('world', schedule={'Cron': '* * * * *'})}, at=100)
        wait_for(lambda: self.runs(daemon, 'ends.service') >= 3, 'three runs in 1970')
        world = self.schedule(daemon, 'world.service')
        self.assertEqual(world['waits_for'], 'clock')
        self.assertIsNone(world['next_us'])
        self.assertIn('waits for the clock to be set', daemon.ctl('timers', 'world').stdout)
        self.assertIn('waits for the clock to be set', daemon.ctl('status', 'world', code=3).stdout)
        now = 1795221558  # 2026-11-21 00:39:18
        before = self.runs(daemon, 'ends.service')
        self.set(now)
        world = wait_for(lambda: self.schedule(daemon, 'world.service')['next_us']
                         and self.schedule(daemon, 'world.service'), 'a next run')
        self.assertNotIn('waits_for', world)
        self.assertEqual(world['next_us'] // 1000000, 1795221600)
        # "every" has neither stopped nor made up for half a century
        wait_for(lambda: self.runs(daemon, 'ends.service') >= before + 2, 'two more runs')
        self.assertEqual(self.schedule(daemon, 'ends.service')['skipped'], 0)

    def test_forward_by_hours_a_time_is_caught_up_and_not_run_twice(self):
        start = 1795221558 + 10 * HOUR
        daily = {'Cron': '0 12 * * *', 'CatchUp': 'one'}
        daemon = self.begin({'ends': ini('ends', schedule=daily),
                             'world': ini('world', schedule={'Cron': '0 12 * * *'})}, at=start)
        self.assertEqual(self.runs(daemon, 'ends.service'), 0)
        self.set(start + 4 * HOUR)
        wait_for(lambda: self.runs(daemon, 'ends.service') == 1, 'one run that makes up for it')
        self.assertEqual(self.runs(daemon, 'world.service'), 0)
        self.assertEqual(self.schedule(daemon, 'world.service')['skipped'], 1)
        tomorrow = (start // 86400 + 1) * 86400 + 12 * HOUR
        for name in ('ends.service', 'world.service'):
            self.assertEqual(self.schedule(daemon, name)['next_us'] // 1000000, tomorrow)
        self.set(start)
        wait_for(lambda: self.schedule(daemon, 'ends.service')['in_us'] > 24 * HOUR * 1000000,
                 'the same time tomorrow, for today it was run')
        self.assertEqual(self.schedule(daemon, 'ends.service')['next_us'] // 1000000, tomorrow)
        self.assertEqual(self.runs(daemon, 'ends.service'), 1)

    def test_a_time_that_comes_is_met(self):
        minute = 1795221600
        daemon = self.begin({'ends': ini('ends', schedule={'Cron': '* * * * *'})}, at=minute - 2)
        wait_for(lambda: self.runs(daemon, 'ends.service') == 1, 'the run of that minute')
        last = self.schedule(daemon, 'ends.service')['last_us'] / 1e6
        self.assertGreaterEqual(last, minute)
        self.assertLess(last, minute + 30)

    def test_a_time_that_was_met_is_not_met_again_by_the_next_daemon(self):
        minute = 1795221600
        plan = {'Cron': '40 0 * * *', 'CatchUp': 'one'}
        at = {'At': '2026-11-21 00:40', 'CatchUp': 'one'}
        daemon = self.begin({'ends': ini('ends', schedule=plan), 'at': ini('ends', schedule=at),
                             'slow': ini('ends', args={'after': '300ms'})}, at=minute - 1)
        for name in ('ends.service', 'at.service'):
            wait_for(lambda name=name: self.runs(daemon, name) == 1, f'the run of {name}')
        for number, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
            daemon.stop(number, code=code)
            daemon = self.begin(None, base=daemon.base)
            daemon.wait_state('slow.service', 'done')
            for name in ('ends.service', 'at.service'):
                self.assertEqual(self.runs(daemon, name), 0, name)
            self.assertEqual(self.schedule(daemon, 'ends.service')['next_us'] // 1000000,
                             minute + 86400)
            self.assertIsNone(self.schedule(daemon, 'at.service')['next_us'])


if __name__ == '__main__':
    main()
