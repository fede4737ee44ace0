"""What changed on disk is applied: by as little as that takes, and never half."""
import pathlib
import shutil
import signal
import threading

from aiot import BUILD, CTL, MUSL, SANITIZED, SECONDS, Case, Process, ini, main, module, wait_for


def version(number):
    return BUILD / f'tests/e2e/services/e2e-version-{number}.so'


class Reload(Case):
    def start(self, services=None, **options):
        daemon = self.daemon(wait=False, **options)
        wait_for(daemon.answers, 'the daemon answers')
        daemon.add_module('version', version(1))
        for name, text in (services or {'one': ini('version')}).items():
            daemon.write(name, text)
        daemon.ctl('daemon-reload')
        daemon.ctl('load')
        for name in services or ['one']:
            daemon.wait_state(f'{name}.service', 'running')
        return daemon

    def service(self, daemon, name='one'):
        return daemon.json('services', name)['services'][0]

    def stats(self, daemon, name='one'):
        return daemon.json('status', name, '--debug')['tasks'][0]['stats']

    def effects(self, daemon, *words, code=0):
        services = daemon.json('reload', *words, code=code)['services']
        return {service['name']: service['effect'] for service in services}


class Applies(Reload):
    def test_nothing_changed_touches_nothing(self):
        daemon = self.start()
        self.assertEqual(self.effects(daemon, '--changed'), {})
        self.assertEqual(self.effects(daemon, 'one'), {'one': 'unchanged'})
        self.assertIn('[ -- ] Service: one.service', daemon.ctl('reload', 'one').stdout)
        self.assertIn('not changed', daemon.ctl('reload', 'one').stdout)
        self.assertEqual(daemon.task('one.service')['runs'], 1)

    def test_new_code_is_taken_over_by_name(self):
        daemon = self.start()
        daemon.add_module('version', version(2))
        daemon.ctl('daemon-reload')
        text = daemon.ctl('status', 'one', '--no-log').stdout
        self.assertIn('changed on disk, run: aiotoolsctl reload one', text)
        done = daemon.ctl('reload', 'one')
        self.assertIn('[ OK ] Service: one.service from ', done.stdout)
        self.assertIn('/version.so reloaded', done.stdout)
        daemon.wait_text('version 2, run 2, hello')
        texts = daemon.texts()
        self.assertLess(texts.index('version 1 ends'), texts.index('from version 1'))
        self.assertFalse(self.service(daemon)['changed'])
        self.assertNotIn('changed on disk', daemon.ctl('status', 'one', '--no-log').stdout)

    def test_only_what_changed_is_restarted(self):
        daemon = self.start({'one': ini('version'), 'two': ini('version'), 'six': ini('version')})
        daemon.write('two', ini('version', args={'mode': 'x'}))
        daemon.write('six', ini('version', args={'word': 'live'}))
        self.assertEqual(self.effects(daemon, '--changed'), {'six': 'set', 'two': 'reloaded'})
        daemon.wait_state('two.service', 'running')
        self.assertEqual(daemon.task('one.service')['runs'], 1)
        self.assertEqual(daemon.task('six.service')['runs'], 1)
        self.assertEqual(self.stats(daemon, 'six'), {'runs': 1, 'word': 'live'})
        self.assertEqual(self.stats(daemon, 'two')['runs'], 2)

    def test_what_counts_from_now_on_needs_no_restart(self):
        daemon = self.start({'one': ini('version'), 'below': ini('tidy')})
        daemon.write('one', ini('version', Requires='below', TimeoutStartSec='5s', WatchdogSec='1h',
                                Restart='on-failure', StartLimitBurst='7', Type='runtime'))
        daemon.ctl('daemon-reload')
        self.assertIn('changed on disk', daemon.ctl('status', 'one', '--no-log').stdout)
        self.assertEqual(self.effects(daemon, '--changed'), {'one': 'set'})
        self.assertFalse(self.service(daemon)['changed'])
        self.assertEqual(self.effects(daemon, '--changed'), {})
        self.assertEqual(daemon.task('one.service')['runs'], 1)
        policy = daemon.json('status', 'one', '--debug')['tasks'][0]['policy']
        self.assertEqual((policy['restart'], policy['burst'], policy['watchdog_us']),
                         ('on-failure', 7, 3600 * 10 ** 6))
        daemon.ctl('stop', 'below')
        daemon.wait_state('one.service', 'waiting')
        daemon.write('one', ini('version'))
        self.assertEqual(self.effects(daemon, 'one'), {'one': 'set'})
        daemon.wait_state('one.service', 'running')

    def test_a_new_module_that_crashes_when_it_is_opened_is_refused(self):
        daemon = self.start()
        if SANITIZED:
            self.skipTest('a sanitizer ends it in its own way')
        shutil.copy(module('crashes'), daemon.modules / '.new')
        (daemon.modules / '.new').rename(daemon.modules / 'version.so')
        done = daemon.ctl('reload', 'one', code=1)
        self.assertIn('crashes when it is opened', done.stderr)
        self.assertEqual(daemon.task('one.service')['runs'], 1)

    def test_a_service_that_is_overwritten_in_place_runs_on(self):
        daemon = self.start()
        with open(daemon.modules / 'version.so', 'r+b') as file:
            file.write(b'\0' * 65536)
            file.truncate(100)
        daemon.ctl('stop', 'one')
        daemon.ctl('start', 'one')
        daemon.wait_text('version 1, run 2')
        done = daemon.ctl('reload', 'one', code=1)
        self.assertIn('not reloaded, it runs on as it was', done.stderr)
        self.assertIn('not an object file', done.stderr)
        self.assertEqual(daemon.task('one.service')['state'], 'running')

    def test_tasks_that_were_added_go_on_with_their_code(self):
        daemon = self.start()
        daemon.ctl('add', 'one', '--name', 'more')
        daemon.add_module('version', version(2))
        self.assertEqual(self.effects(daemon, 'one'), {'one': 'reloaded'})
        self.assertEqual(daemon.task('more')['state'], 'running')
        daemon.ctl('restart', 'more')
        wait_for(lambda: daemon.texts().count('version 1, run 2, hello') == 1, 'its own code')
        daemon.ctl('unload', 'one')
        self.assertIsNone(daemon.task('more'))

    def test_a_failing_new_version_leaves_the_old_one(self):
        daemon = self.start({'one': ini('version', args={'mode': 'fails'})})
        daemon.add_module('version', version(2))
        done = daemon.ctl('reload', 'one', code=1)
        self.assertIn('not reloaded, the old one is back as it was', done.stderr)
        self.assertIn('version 2 does not want to', done.stderr)
        daemon.wait_state('one.service', 'running')
        daemon.wait_text('version 1, run 2')
        self.assertTrue(self.service(daemon)['changed'])

    def test_a_wrong_file_leaves_the_old_one_and_is_told(self):
        daemon = self.start()
        daemon.write('one', '[Service]\nModule = version\nEvry = 3\n')
        done = daemon.ctl('reload', '--changed', code=6)
        self.assertIn('one.ini:3', done.stderr)
        self.assertEqual(daemon.task('one.service')['runs'], 1)
        (daemon.config / 'services.d/one.ini').unlink()
        self.assertIn('is gone; to end it: aiotoolsctl unload one',
                      daemon.ctl('reload', 'one', code=6).stderr)
        self.assertEqual(daemon.task('one.service')['runs'], 1)

    def test_what_cannot_be_reloaded_is_refused(self):
        daemon = self.start()
        daemon.write('off', ini('version', Enabled='no'))
        daemon.ctl('daemon-reload')
        self.assertIn("service 'off' is not loaded", daemon.ctl('reload', 'off', code=1).stderr)
        daemon.ctl('reload', 'nix', code=5)
        daemon.ctl('reload', 'n*', code=1)
        self.assertIn('--changed', daemon.ctl('reload', code=2).stderr)


class AtTheSameTime(Reload):
    def test_two_hups_in_a_row(self):
        daemon = self.start()
        for turn in range(20):
            daemon.write('one', ini('version', args={'word': turn}))
            daemon.kill(signal.SIGHUP)
            daemon.kill(signal.SIGHUP)
        wait_for(lambda: self.service(daemon)['changed'], 'the change is noticed')
        self.assertEqual(daemon.task('one.service')['runs'], 1)
        self.assertEqual(self.effects(daemon, '--changed'), {'one': 'set'})
        self.assertEqual(self.stats(daemon)['word'], '19')

    def test_a_reload_during_a_reload_comes_after_it(self):
        daemon = self.start({'one': ini('version', args={'last': '700ms'})})
        daemon.write('one', ini('version', args={'last': '0', 'mode': 'a'}))
        first = Process(self, [CTL, '--socket', daemon.socket, 'reload', 'one'])
        daemon.wait_state('one.service', 'stopping')
        daemon.write('one', ini('version', args={'last': '0', 'mode': 'b'}))
        second = Process(self, [CTL, '--socket', daemon.socket, 'reload', 'one'])
        daemon.kill(signal.SIGHUP)
        first.wait(0)
        second.wait(0)
        self.assertEqual(self.effects(daemon, 'one'), {'one': 'unchanged'})
        args = daemon.json('status', 'one', '--debug')['tasks'][0]['args']
        self.assertEqual(args['mode'], 'b')

    def test_a_reload_while_it_stops_leaves_it_stopped(self):
        daemon = self.start({'one': ini('version', args={'last': '700ms'})})
        stop = Process(self, [CTL, '--socket', daemon.socket, 'stop', 'one'])
        daemon.wait_state('one.service', 'stopping')
        daemon.add_module('version', version(2))
        self.assertEqual(self.effects(daemon, 'one'), {'one': 'reloaded'})
        stop.wait(None)
        self.assertEqual(daemon.task('one.service')['state'], 'stopped')
        daemon.ctl('start', 'one')
        daemon.wait_text('version 2, run 2')

    def test_the_end_of_the_daemon_during_a_reload(self):
        daemon = self.start({'one': ini('version', args={'last': '700ms'})})
        daemon.add_module('version', version(2))
        client = Process(self, [CTL, '--socket', daemon.socket, 'reload', 'one'])
        daemon.wait_state('one.service', 'stopping')
        daemon.kill(signal.SIGTERM)
        client.wait(None)
        daemon.wait(0)

    def test_an_unload_during_a_reload_wins(self):
        daemon = self.start({'one': ini('version', args={'last': '700ms'})})
        daemon.add_module('version', version(2))
        client = Process(self, [CTL, '--socket', daemon.socket, 'reload', 'one'])
        daemon.wait_state('one.service', 'stopping')
        daemon.ctl('unload', 'one')
        client.wait(None)
        self.assertIn('unloaded meanwhile', client.stdout())
        self.assertEqual(self.service(daemon)['load'], 'unloaded')

    def test_the_module_is_replaced_again_and_again(self):
        daemon = self.start({'one': ini('version'), 'two': ini('version')})
        ended = threading.Event()

        def replace():
            turn = 0
            while not ended.is_set():
                daemon.add_module('version', version(turn % 2 + 1))
                turn += 1
        thread = threading.Thread(target=replace)
        thread.start()
        try:
            for _ in range(30):
                daemon.ctl('reload', 'one', 'two', code=None)
        finally:
            ended.set()
            thread.join(SECONDS)
        daemon.add_module('version', version(2))
        daemon.ctl('reload', '--changed')
        for name in ('one', 'two'):
            daemon.wait_state(f'{name}.service', 'running')
            self.assertFalse(self.service(daemon, name)['changed'])
        maps = pathlib.Path(f'/proc/{daemon.pid}/maps').read_text()
        versions = {line.split()[4] for line in maps.splitlines() if '/version.so' in line}
        self.assertLessEqual(len(versions), 2 if MUSL else 1)  # musl never unmaps



class Dependencies(Case):
    def states(self, daemon):
        return {name: daemon.task(f'{name}.service')['state'] for name in ('below', 'above')}

    def test_those_that_need_a_service_do_not_notice_its_reload(self):
        daemon = self.daemon({'below': ini('tidy'), 'above': ini('tidy', Requires='below')},
                             modules=['tidy'])
        wait_for(lambda: set(self.states(daemon).values()) == {'running'}, 'both run')
        daemon.write('below', ini('tidy', args={'what': 'more'}))
        daemon.ctl('reload', 'below')
        wait_for(lambda: daemon.task('below.service')['state'] == 'running', 'it runs again')
        self.assertEqual(daemon.task('above.service')['runs'], 1)

    def test_reload_applies_what_a_file_says_of_other_services(self):
        daemon = self.daemon({'below': ini('tidy'), 'above': ini('tidy')}, modules=['tidy'])
        daemon.write('above', ini('tidy', Requires='below'))
        daemon.ctl('reload', 'above')
        self.assertIn('below', daemon.ctl('dependencies', 'above').stdout)
        daemon.ctl('stop', 'below')
        wait_for(lambda: daemon.task('above.service')['state'] == 'waiting', 'it waits')

    def test_a_ring_is_refused_and_the_old_one_goes_on(self):
        daemon = self.daemon({'below': ini('tidy'), 'above': ini('tidy', Requires='below')},
                             modules=['tidy'])
        daemon.write('below', ini('tidy', Requires='above'))
        done = daemon.ctl('reload', 'below', code=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('below.service requires above.service requires below.service',
                      done.stdout + done.stderr)
        wait_for(lambda: set(self.states(daemon).values()) == {'running'}, 'both run')


if __name__ == '__main__':
    main()
