"""From the start to the end of the daemon: signals, crashes, sockets, rights, full disks."""
import grp
import os
import signal
import subprocess
import unittest

from aiot import CTL, DAEMON, Case, Process, ini, main, wait_for

TIDY = ini('tidy')
ROOT = os.geteuid() == 0


def can_unshare():
    return ROOT and subprocess.run(['unshare', '-m', 'true'], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL).returncode == 0


class Signals(Case):
    def test_sigterm_stops_the_newest_first_and_exits_0(self):
        daemon = self.daemon({'a': TIDY, 'b': TIDY, 'c': TIDY})
        daemon.stop(signal.SIGTERM, code=0)
        self.assertFalse(daemon.socket.exists())
        again = self.daemon(base=daemon.base)
        lines = [line for line in again.ctl('log', '-o', 'mono').stdout.splitlines()
                 if 'tidied up' in line]
        self.assertEqual([name for line in lines for name in 'abc' if f'[{name}.service]' in line],
                         ['c', 'b', 'a'])

    def test_a_term_at_any_time_of_the_end_does_not_kill(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '100ms'})})
        while daemon.alive():
            daemon.kill(signal.SIGTERM)
        daemon.wait(0)

    def test_the_log_tells_starts_and_an_end_that_was_none(self):
        daemon = self.daemon(config='[Log]\nLevel = error\n')
        self.assertIn(f'starting, pid {daemon.pid}', daemon.texts()[0])
        daemon.stop()
        again = self.daemon(base=daemon.base, config='[Log]\nLevel = warn\n')
        self.assertNotIn('did not end in order', '\n'.join(again.texts()))
        again.stop(signal.SIGKILL, code=-signal.SIGKILL)
        third = self.daemon(base=daemon.base)
        self.assertEqual('\n'.join(third.texts()).count('did not end in order'), 1)

    def test_directories_that_are_not_there_are_told(self):
        daemon = self.daemon(args=('--module-dir', f'{self.dir}/none'))
        said = f'--module-dir {self.dir}/none: No such file or directory'
        self.assertIn(said, daemon.stderr())
        self.assertIn(said, '\n'.join(daemon.texts()))

    def test_sigint_exits_0_too(self):
        self.daemon({'one': TIDY}).stop(signal.SIGINT, code=0)

    def test_sigterm_twice_is_once(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '300ms'})})
        daemon.kill(signal.SIGTERM)
        daemon.kill(signal.SIGTERM)
        daemon.wait(0)

    def test_a_finally_that_never_ends_is_cut_off(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '1h'}, TimeoutStopSec='200ms')})
        daemon.stop(signal.SIGTERM, code=0)

    def test_a_stop_while_a_client_waits_is_answered(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '500ms'})})
        client = Process(self, [CTL, '--socket', daemon.socket, 'stop', 'one.service'])
        daemon.wait_state('one.service', 'stopping')
        daemon.kill(signal.SIGTERM)
        client.wait(0)
        daemon.wait(0)

    def test_sighup_reads_the_files_again_and_restarts_nothing(self):
        daemon = self.daemon({'one': TIDY})
        daemon.write('two', TIDY)
        daemon.write('one', ini('tidy', args={'what': 'changed'}))
        daemon.kill(signal.SIGHUP)
        wait_for(lambda: len(daemon.json('services')['services']) == 2, 'the new service is known')
        services = {s['name']: s for s in daemon.json('services')['services']}
        self.assertTrue(services['one']['changed'])
        self.assertTrue(daemon.task('one.service')['changed'])
        for form in ([], ['--debug']):
            self.assertIn('changed on disk, run: aiotoolsctl reload one',
                          daemon.ctl('status', 'one', '--no-log', *form).stdout)
        self.assertEqual(services['two']['load'], 'unloaded')
        self.assertEqual(daemon.task('one.service')['runs'], 1)


class Sockets(Case):
    def test_a_second_daemon_on_the_socket_is_refused_and_the_first_stays(self):
        daemon = self.daemon({'one': TIDY})
        second = self.daemon(base=daemon.base, wait=False)
        self.assertNotEqual(second.wait(code=None), 0)
        self.assertIn('control.sock', second.stderr())
        self.assertEqual(daemon.task('one.service')['state'], 'running')

    def test_a_stale_socket_file_is_replaced(self):
        daemon = self.daemon()
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        self.assertTrue(daemon.socket.exists())
        again = self.daemon(base=daemon.base)
        again.ctl('status')

    def test_a_file_that_is_no_socket_is_not_removed(self):
        base = self.daemon()
        base.stop()
        base.socket.write_text('precious')
        again = self.daemon(base=base.base, wait=False)
        self.assertNotEqual(again.wait(code=None), 0)
        self.assertEqual(base.socket.read_text(), 'precious')
        base.socket.unlink()

    def test_the_socket_lets_everybody_connect(self):
        daemon = self.daemon()
        self.assertEqual(daemon.socket.stat().st_mode & 0o777, 0o666)

    def test_aiotools_socket_moves_it(self):
        path = f'{self.dir}/elsewhere.sock'
        self.daemon(env={'AIOTOOLS_SOCKET': path}, wait=False).wait_answer(path)

    def test_with_user_it_is_this_users_own_socket_for_daemon_and_client_alike(self):
        runtime = f'{self.dir}/xdg'
        os.makedirs(runtime, mode=0o700)
        env = {'AIOTOOLS_SOCKET': f'{self.dir}/another.sock', 'XDG_RUNTIME_DIR': runtime,
               'HOME': str(self.dir)}
        daemon = self.daemon(args=['--user'], env=env, wait=False)
        daemon.wait_answer(daemon.socket)
        self.assertFalse(os.path.exists(env['AIOTOOLS_SOCKET']))

    def test_a_path_too_long_for_a_socket_is_told(self):
        path = f'{self.dir}/{"x" * 120}'
        daemon = self.daemon(env={'AIOTOOLS_SOCKET': path}, wait=False)
        self.assertEqual(daemon.wait(code=None), 1)
        self.assertIn('x' * 20, daemon.stderr())


@unittest.skipUnless(ROOT, 'needs root, to be somebody else')
class Rights(Case):
    NOBODY = 65534

    def as_nobody(self, daemon, *words, code, groups=()):
        return daemon.ctl(*words, code=code, user=self.NOBODY, group=self.NOBODY,
                          extra_groups=list(groups), cwd='/')

    def setUp(self):
        super().setUp()
        for path in (CTL, *CTL.parents):
            if os.stat(path).st_mode & 0o005 != 0o005:
                self.skipTest(f'others may not run {path}')

    def test_without_a_role_everything_is_refused(self):
        daemon = self.daemon({'one': TIDY})
        for verb in (('status',), ('log',), ('stop', 'one.service'), ('shutdown',), ('services',)):
            with self.subTest(verb=verb):
                done = self.as_nobody(daemon, *verb, code=4)
                self.assertIn(verb[0], done.stderr)
                self.assertIn('may not', done.stderr)
                self.assertEqual(done.stdout, '')
        self.assertEqual(daemon.task('one.service')['state'], 'running')

    def test_a_reader_may_look_and_no_more(self):
        daemon = self.daemon({'one': TIDY}, config='[Control]\nReadGroup = games\n')
        games = [grp.getgrnam('games').gr_gid]
        self.as_nobody(daemon, 'status', code=0, groups=games)
        self.as_nobody(daemon, 'stop', 'one.service', code=4, groups=games)
        self.as_nobody(daemon, 'status', code=4)

    def test_an_operator_may_stop_and_not_shut_down(self):
        daemon = self.daemon({'one': TIDY}, config='[Control]\nOperateGroup = games\n')
        games = [grp.getgrnam('games').gr_gid]
        self.as_nobody(daemon, 'stop', 'one.service', code=0, groups=games)
        self.as_nobody(daemon, 'unload', 'one', code=4, groups=games)
        self.as_nobody(daemon, 'shutdown', code=4, groups=games)


class Storage(Case):
    @unittest.skipUnless(can_unshare(), 'needs root and mount namespaces')
    def test_without_space_the_log_is_in_memory_and_that_is_said(self):
        run = f'{self.dir}/small/run'
        os.makedirs(run)
        script = f'mount -t tmpfs -o size=64k,mode=755 tmpfs {run} && exec "$@"'
        daemon = self.daemon({'one': TIDY}, base=f'{self.dir}/small', wait=False,
                             prefix=['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                                     script, 'sh'],
                             env={'AIOTOOLS_SOCKET': f'{self.dir}/c.sock'})
        daemon.socket = f'{self.dir}/c.sock'
        wait_for(daemon.answers, 'the daemon answers')
        self.assertTrue([t for t in daemon.texts() if 'log.ring' in t and 'space' in t.lower()],
                        daemon.texts())
        self.assertIn('memory', daemon.ctl('info').stdout)
        self.assertIn('waiting, nothing', daemon.texts())

    def test_a_state_directory_that_cannot_be_made_is_told(self):
        daemon = self.daemon(wait=False, args=['--state-dir', '/proc/nowhere'])
        wait_for(daemon.answers, 'the daemon answers')
        self.assertTrue([t for t in daemon.texts() if '/proc/nowhere' in t])

    def test_a_runtime_directory_that_cannot_be_made_ends_it_with_a_sentence(self):
        daemon = self.daemon(wait=False, args=['--runtime-dir', '/proc/nowhere'])
        self.assertEqual(daemon.wait(code=None), 1)
        self.assertIn('/proc/nowhere', daemon.stderr())

    def test_a_damaged_log_is_begun_anew_and_that_is_said(self):
        daemon = self.daemon()
        daemon.stop()
        ring = daemon.run / 'log.ring'
        with open(ring, 'r+b') as file:
            file.write(b'\xff' * 4096)
        again = self.daemon(base=daemon.base)
        self.assertTrue([t for t in again.texts() if 'log.ring' in t])


class Options(Case):
    def test_words_and_unknown_options_are_2(self):
        for words in (['word'], ['--nonsense'], ['--runtime-dir']):
            with self.subTest(words=words):
                Process(self, [DAEMON, *words]).wait(2)

    def test_help_and_version(self):
        text = Process(self, [DAEMON, '--help'])
        text.wait(0)
        self.assertIn('--runtime-dir', text.stdout())
        self.assertIn('[Log] Size', text.stdout())
        text = Process(self, [DAEMON, '--version'])
        text.wait(0)
        self.assertRegex(text.stdout(), r'^aiotoolsd \d+\.\d+\.\d+\n$')

    def test_ok_and_error_lines_are_printed_at_the_start(self):
        daemon = self.daemon({'one': TIDY, 'dofail': ini('dofail')})
        self.assertRegex(daemon.stdout(), r'(?m)^\[ OK \] Service: one\.service from \S+ loaded$')
        self.assertRegex(daemon.stdout(),
                         r'(?m)^\[ ERROR \] Service: dofail\.service from \S+ not loaded: Error: ')

    def test_who_does_not_read_its_output_does_not_hold_it_up(self):
        pipe = os.path.join(self.dir, 'pipe')
        os.mkfifo(pipe)
        fd = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, fd)
        daemon = self.daemon({'dofail': ini('dofail')},
                             prefix=['sh', '-c', 'exec "$@" 1<>"$0"', pipe])
        with self.assertRaises(BlockingIOError):
            while os.write(fd, b'x' * 4096):
                continue
        daemon.ctl('load', 'dofail', code=None)
        daemon.ctl('info')

    def test_quiet_prints_nothing(self):
        self.assertEqual(self.daemon({'one': TIDY}, args=['--quiet']).stdout(), '')

    def test_quiet_still_prints_what_fails(self):
        text = self.daemon({'one': TIDY, 'dofail': ini('dofail')}, args=['--quiet']).stdout()
        self.assertTrue(text.startswith('[ ERROR ] Service: dofail.service '), text)
        self.assertEqual(text.count('\n'), 1)


if __name__ == '__main__':
    main()
