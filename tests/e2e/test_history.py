"""What is kept of runs: last runs from one daemon to the next, and the history of runs."""
import json
import os
import pathlib
import signal
import struct
import subprocess
import time
import unittest
import zlib

from aiot import BYTE_ORDER, Case, ini, main, wait_for

NEVER = -2**63
ACTIONS = ('run', 'success', 'fail', 'terminate', 'inaction', 'crash')
HOURLY = {'StartIn': '20ms', 'Every': '1h'}
ROOT = os.geteuid() == 0


def records(path):
    """The past of each task in a file of last runs, by the format that pastfile.h describes."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b'AIOTPAST', data[:8]
    assert struct.unpack_from(BYTE_ORDER + 'I', data, 20)[0] == zlib.crc32(data[:20])
    found = {}
    for at in range(64, len(data), 264):
        name = data[at:at + 72].rstrip(b'\0').decode()
        best = None
        for copy in (at + 72, at + 168):
            crc, fails, serial, *times = struct.unpack_from(BYTE_ORDER + 'IIQ6q', data, copy)
            body = data[at:at + 72] + data[copy + 4:copy + 96]
            if crc and zlib.crc32(body) == crc and (best is None or serial > best[0]):
                best = (serial, {'fails': fails, **dict(zip(ACTIONS, times))})
        if best:
            found[name] = best[1]
    return found


def can_unshare():
    return ROOT and subprocess.run(['unshare', '-m', 'true'], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL).returncode == 0


class Kept(Case):
    def live(self, daemon):
        path = daemon.run / 'last-runs'
        return records(path) if path.exists() else {}

    def saved(self, daemon):
        return records(daemon.state / 'last-runs.saved')

    def ran(self, daemon, name, action='success'):
        wait_for(lambda: self.live(daemon).get(name, {}).get(action, NEVER) != NEVER,
                 f'{action} of {name} is kept')
        return self.live(daemon)[name]

    def hourly(self, **options):
        return self.daemon({'one': ini('ends', Type='schedule', schedule=HOURLY)}, **options)

    def test_a_last_run_is_kept_at_once_and_saved_at_the_end(self):
        daemon = self.hourly()
        past = self.ran(daemon, 'one.service')
        self.assertAlmostEqual(past['success'] / 1e6, time.time(), delta=60)
        self.assertFalse((daemon.state / 'last-runs.saved').exists())
        daemon.stop()
        self.assertEqual(self.saved(daemon)['one.service'], past)

    def test_a_kill_leaves_what_was_kept_and_the_next_daemon_goes_on_with_it(self):
        daemon = self.hourly()
        past = self.ran(daemon, 'one.service')
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        (daemon.config / 'services.d/one.ini').unlink()
        again = self.daemon(base=daemon.base)
        self.assertEqual(self.live(again)['one.service'], past)
        again.stop()

    def test_nothing_fires_twice_after_a_restart_nor_after_a_kill(self):
        daemon = self.daemon({'one': ini('ends', Type='schedule',
                                         schedule={'Every': '1h', 'StartIn': '20ms'}),
                              'slow': ini('ends', args={'after': '100ms'})})
        past = self.ran(daemon, 'one.service')
        for number, code in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
            daemon.stop(number, code=code)
            daemon = self.daemon(base=daemon.base)
            daemon.wait_state('slow.service', 'done')  # it would have fired by then
            self.assertEqual(daemon.task('one.service')['runs'], 0)
            self.assertEqual(self.live(daemon)['one.service'], past)

    def test_a_run_that_was_killed_is_a_crash_in_log_past_and_history(self):
        services = {'one': ini('tidy', Type='schedule', schedule=HOURLY)}
        daemon = self.daemon(services)
        self.ran(daemon, 'one.service', 'run')
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        (daemon.config / 'services.d/one.ini').unlink()
        again = self.daemon(base=daemon.base)
        self.assertNotEqual(self.live(again)['one.service']['crash'], NEVER)
        self.assertTrue([t for t in again.texts() if 'the run counts as crashed' in t])
        runs = again.json('history')['runs']
        self.assertEqual([(r['name'], r['outcome'], r['end_us']) for r in runs],
                         [('one.service', 'crash', None)])
        again.stop()
        third = self.daemon(base=daemon.base)
        self.assertEqual(len([t for t in third.texts() if 'the run counts as crashed' in t]), 1)

    def test_kills_at_any_time_never_damage_a_record(self):
        services = {f's{i}': ini('ends', Type='schedule',
                                 schedule={'StartIn': '1ms', 'Every': '2ms'}) for i in range(5)}
        daemon = self.daemon(services)
        last = 0
        for i in range(8):
            self.ran(daemon, 's0.service')
            time.sleep(i * 0.003)  # only to vary the moment
            daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
            found = self.live(daemon)
            self.assertEqual(len(found), 5)
            self.assertGreaterEqual(found['s0.service']['run'], last)
            last = found['s0.service']['run']
            daemon = self.daemon(base=daemon.base)
        texts = '\n'.join(daemon.texts())
        self.assertNotIn('damaged', texts)
        self.assertNotIn('cut off', texts)

    def test_after_a_power_loss_there_is_what_was_saved(self):
        daemon = self.hourly(config='[State]\nSaveSec = 1s\n')
        past = self.ran(daemon, 'one.service')
        saved = daemon.state / 'last-runs.saved'
        wait_for(saved.exists, 'it is saved')
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        (daemon.run / 'last-runs').unlink()
        (daemon.config / 'services.d/one.ini').unlink()
        again = self.daemon(base=daemon.base)
        self.assertEqual(self.live(again)['one.service'], past)

    def test_files_that_are_damaged_are_told_and_begun_anew(self):
        daemon = self.hourly()
        self.ran(daemon, 'one.service')
        daemon.stop()
        live, saved = daemon.run / 'last-runs', daemon.state / 'last-runs.saved'
        whole = saved.read_bytes()
        for bad, said in ((b'', 'no file of last runs'), (whole[:70], 'cut off'),
                          (b'x' * 500, 'no file of last runs'),
                          (whole[:100] + b'!' + whole[101:], '1 damaged record'),
                          (whole[:8] + b'\2' + whole[9:], 'no file of last runs')):
            for path in (live, saved):
                path.write_bytes(bad)
            again = self.daemon(base=daemon.base)
            self.ran(again, 'one.service')
            self.assertTrue([t for t in again.texts() if said in t], said)
            (again.run / 'last-runs.bad').unlink(missing_ok=True)
            again.stop()
            self.assertIn('one.service', self.saved(again))

    def test_what_others_can_write_is_not_believed(self):
        daemon = self.hourly()
        self.ran(daemon, 'one.service')
        daemon.stop()
        (daemon.state / 'last-runs.saved').chmod(0o666)
        again = self.daemon(base=daemon.base)
        self.assertTrue([t for t in again.texts() if 'can be written by everyone' in t])
        self.assertTrue((daemon.state / 'last-runs.saved.bad').exists())

    @unittest.skipUnless(can_unshare(), 'needs root and mount namespaces')
    def test_a_full_runtime_directory_is_memory_only_and_said_so(self):
        daemon = self.daemon({'one': ini('ends', Type='schedule', schedule=HOURLY)}, wait=False,
                             prefix=['unshare', '-m', 'sh', '-c',
                                     'mkdir -p "$0" && mount -t tmpfs -o size=8k none "$0" && '
                                     'exec "$@"', str(self.dir) + '/full'],
                             args=['--runtime-dir', str(self.dir) + '/full'])
        # Its socket is in the name space of its own.
        socket = pathlib.Path(f'/proc/{daemon.pid}/root{self.dir}/full/control.sock')
        wait_for(lambda: socket.exists() and
                 self.ctl(socket, 'info', code=None).returncode == 0, 'the daemon answers')
        info = json.loads(self.ctl(socket, '--json', 'info').stdout)['info']
        wait_for(lambda: json.loads(self.ctl(socket, '--json', 'info').stdout)
                 ['info']['last_runs']['tasks'] == 1, 'it ran')
        info = json.loads(self.ctl(socket, '--json', 'info').stdout)['info']
        self.assertEqual(info['last_runs']['kept'], 'in memory only')
        self.assertIn('No space left', info['last_runs']['why'])


class History(Case):
    def library(self, daemon):
        return daemon.json('info')['info']['history']['library']

    def test_runs_are_shown_with_times_outcome_and_result(self):
        daemon = self.daemon({'good': ini('ends'), 'bad': ini('ends', args={'code': 5}),
                              'long': ini('tidy')})
        daemon.wait_state('good.service', 'done')
        daemon.wait_state('bad.service', 'failed')
        daemon.ctl('stop', 'long')
        runs = {r['name']: r for r in daemon.json('history')['runs']}
        self.assertEqual(runs['good.service']['result'], {'answer': 42})
        self.assertEqual(runs['good.service']['outcome'], 'success')
        self.assertEqual(runs['bad.service']['outcome'], 'fail')
        self.assertEqual(runs['bad.service']['error'],
                         {'error': 'EIO', 'code': -5, 'message': 'failed as asked, 5'})
        self.assertEqual(runs['long.service']['outcome'], 'terminate')
        for run in runs.values():
            self.assertEqual(run['end_us'] - run['start_us'], run['runtime_us'])
            self.assertAlmostEqual(run['end_us'] / 1e6, time.time(), delta=60)
        text = daemon.ctl('history', 'good', 'bad').stdout.splitlines()
        self.assertEqual(text[0].split(), ['NAME', 'START', 'END', 'TOOK', 'OUTCOME', 'RESULT'])
        self.assertEqual(len(text), 3)
        self.assertTrue(text[1].endswith('success  {"answer":42}') or
                        text[2].endswith('success  {"answer":42}'), text)
        self.assertIn('fail     EIO: failed as asked, 5', '\n'.join(text))

    def test_exit_codes_and_filters(self):
        daemon = self.daemon({'good': ini('ends')})
        daemon.wait_state('good.service', 'done')
        for _ in range(3):
            daemon.ctl('restart', 'good')
            daemon.wait_state('good.service', 'done')
        self.assertEqual(len(daemon.json('history', 'good')['runs']), 4)
        self.assertEqual(len(daemon.json('history', 'g*', '-n', '2')['runs']), 2)
        self.assertEqual(len(daemon.json('history', '-S', '1h ago', '-U', 'now')['runs']), 4)
        self.assertEqual(daemon.json('history', '-U', '1h ago')['runs'], [])
        self.assertEqual(daemon.json('history', 'x*')['runs'], [])
        done = daemon.ctl('history', 'nix', code=4)
        self.assertIn("no task and no run of 'nix' is known", done.stderr)
        done = daemon.ctl('history', 'nix', 'good', code=4)
        self.assertIn("no task and no run of 'nix' is known", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 5)
        daemon.ctl('history', '-n', 'x', code=2)
        daemon.ctl('history', '-S', 'now', '-U', '1h ago', code=2)

    def test_in_memory_it_ends_with_the_daemon_and_nothing_is_written(self):
        daemon = self.daemon({'good': ini('ends')})
        daemon.wait_state('good.service', 'done')
        daemon.stop()
        self.assertEqual(list(daemon.state.iterdir()), [])

    def test_on_disk_it_outlives_the_daemon(self):
        daemon = self.daemon({'good': ini('ends')}, config='[History]\nKeep = disk\n')
        daemon.wait_state('good.service', 'done')
        if self.library(daemon) is None:
            self.assertTrue([t for t in daemon.texts() if 'built without SQLite' in t])
            self.assertEqual(daemon.json('info')['info']['history']['kept'], 'in memory only')
            return
        first = daemon.json('history')['runs']
        daemon.stop()
        again = self.daemon(base=daemon.base)
        again.wait_state('good.service', 'done')
        runs = again.json('history', 'good')['runs']
        self.assertEqual(runs[0], first[0])
        self.assertEqual(len(runs), 2)

    def test_what_was_written_outlives_a_kill(self):
        daemon = self.daemon({'good': ini('ends')}, config='[History]\nKeep = disk\n')
        if self.library(daemon) is None:
            self.skipTest('built without SQLite')
        daemon.wait_state('good.service', 'done')
        files = [daemon.state / name for name in ('history.db', 'history.db-wal')]
        wait_for(lambda: any(b'good.service' in file.read_bytes() for file in files),
                 'it is written')
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        again = self.daemon(base=daemon.base)
        again.wait_state('good.service', 'done')
        self.assertEqual(len(again.json('history', 'good')['runs']), 2)

    def test_a_damaged_database_is_set_aside(self):
        daemon = self.daemon({'good': ini('ends')}, config='[History]\nKeep = disk\n')
        if self.library(daemon) is None:
            self.skipTest('built without SQLite')
        daemon.stop()
        (daemon.state / 'history.db').write_bytes(b'SQLite format 3\0' + b'\xff' * 8000)
        again = self.daemon(base=daemon.base)
        again.wait_state('good.service', 'done')
        self.assertTrue([t for t in again.texts() if 'history.db' in t and 'beginning a new' in t])
        self.assertTrue((daemon.state / 'history.db.bad').exists())
        self.assertEqual(len(again.json('history', 'good')['runs']), 1)

    def test_kept_nowhere_is_6(self):
        daemon = self.daemon(config='[History]\nKeep = none\n')
        self.assertIn('Keep=none', daemon.ctl('history', code=6).stderr)


if __name__ == '__main__':
    main()
