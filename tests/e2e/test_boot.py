"""The start of services: core services first, then the rest, each behind what it requires."""
import xml.etree.ElementTree

from aiot import Case, ini, main, wait_for

TIDY = ini('tidy')


def core(module='ends', **more):
    return ini(module, Type='core', **more)


class Boot(Case):
    def lines(self, daemon):
        return [line for line in daemon.stdout().splitlines() if line.startswith('[ ')]

    def test_core_services_run_in_order_and_end_before_the_rest_is_loaded(self):
        daemon = self.daemon({
            'app': TIDY,
            'ntp': core(Requires='net'),
            'net': core(args={'after': '50ms'}),
            'lone': core(),
        })
        lines = self.lines(daemon)
        self.assertEqual(lines[0], '[ Booting ] Order: --> lone --> net --> ntp')
        at = {word: n for n, line in enumerate(lines) for word in [line.split(' from ')[0]]}
        for name in ('lone', 'net', 'ntp'):
            self.assertIn(f'[ OK ] Service: {name}.service', at)
            self.assertIn(f'[ OK ] Booting {name}.service...', at)
            self.assertIn(f'[ OK ] {name}.service {{"answer":42}}', at)
        self.assertLess(at['[ OK ] net.service {"answer":42}'],
                        at['[ OK ] Booting ntp.service...'])
        self.assertLess(at['[ OK ] Booting lone.service...'],
                        at['[ OK ] net.service {"answer":42}'])
        self.assertEqual(at['[ OK ] Service: app.service'], len(lines) - 1)
        logged = [text for text in daemon.texts() if text.startswith('[ ')]
        self.assertEqual(logged, lines)
        self.assertEqual(daemon.task('app.service')['state'], 'running')
        types = {s['name']: s['type'] for s in daemon.json('services')['services']}
        self.assertEqual(types['net'], 'core')

    def test_a_core_service_that_fails_holds_those_that_require_it_and_no_other(self):
        daemon = self.daemon({
            'net': core(args={'code': '5'}),
            'ntp': core(Requires='net'),
            'log': core(After='net', Wants='net'),
            'web': ini('tidy', Requires='ntp'),
            'app': TIDY,
        })
        lines = self.lines(daemon)
        self.assertIn('[ ERROR ] net.service: Error: EIO: failed as asked, 5', lines)
        self.assertIn('[ ERROR ] ntp.service: Error: not started, it waits for net.service, '
                      'which failed', lines)
        self.assertIn('[ OK ] log.service {"answer":42}', lines)
        self.assertEqual(daemon.task('app.service')['state'], 'running')
        web = daemon.task('web.service')
        self.assertEqual((web['state'], web['reason']),
                         ('waiting', 'waits for ntp.service, which waits for net.service, '
                          'which failed'))
        self.assertIn('status: waiting since ', daemon.ctl('status', 'web', code=3).stdout)
        self.assertIn(': waits for ntp.service', daemon.ctl('status', 'web', code=3).stdout)

    def test_when_the_requirement_recovers_those_that_waited_start(self):
        daemon = self.daemon({
            'net': core(args={'code': '5'}),
            'ntp': core(Requires='net'),
            'web': ini('tidy', Requires='ntp'),
        })
        daemon.ctl('set', 'net', 'code=0')
        daemon.ctl('start', 'net')
        daemon.wait_state('web.service', 'running')
        self.assertEqual(daemon.task('ntp.service')['state'], 'done')

    def test_one_that_does_not_end_in_time_fails_and_the_boot_goes_on(self):
        daemon = self.daemon({
            'net': core('tidy', TimeoutStartSec='100ms'),
            'app': TIDY,
        })
        self.assertIn('[ ERROR ] net.service: Error: ETIMEDOUT: did not end within its '
                      'TimeoutStartSec of 100ms', self.lines(daemon))
        self.assertEqual(daemon.task('app.service')['state'], 'running')

    def test_while_it_boots_the_socket_answers(self):
        daemon = self.daemon({'net': core('gate'), 'app': TIDY}, boot=False)
        self.assertEqual(daemon.json('info')['info']['boot']['state'], 'booting')
        self.assertIn('booting', daemon.ctl('info').stdout)
        self.assertIsNone(daemon.task('app.service'))
        daemon.ctl('call', 'net', 'fall')
        wait_for(daemon.booted, 'the boot is over')
        self.assertEqual(daemon.task('app.service')['state'], 'running')
        daemon.wait_text('booted in ')

    def test_a_stop_while_it_boots_is_a_stop(self):
        daemon = self.daemon({'net': core('gate'), 'app': TIDY}, boot=False)
        daemon.stop()
        again = self.daemon(base=daemon.base, boot=False)
        self.assertNotIn('waiting, nothing', again.texts())


class Ready(Case):
    def test_those_that_require_it_wait_until_a_service_says_that_it_is_ready(self):
        daemon = self.daemon({'gate': ini('gate'), 'app': ini('tidy', Requires='gate.service')})
        self.assertEqual(daemon.task('gate.service')['state'], 'starting')
        self.assertEqual(daemon.task('app.service')['reason'],
                         'waits for gate.service, which is starting')
        daemon.ctl('call', 'gate', 'open')
        daemon.wait_state('app.service', 'running')
        self.assertEqual(daemon.task('gate.service')['state'], 'running')

    def test_one_that_is_not_ready_in_time_has_failed(self):
        daemon = self.daemon({'gate': ini('gate', TimeoutStartSec='100ms'),
                              'app': ini('tidy', Requires='gate')})
        daemon.wait_state('gate.service', 'failed')
        self.assertIn('was not ready within its TimeoutStartSec of 100ms',
                      daemon.ctl('traceback', 'gate').stdout)
        wait_for(lambda: daemon.task('app.service')['reason'] ==
                 'waits for gate.service, which failed', 'the reason')

    def test_ready_in_time_it_may_run_as_long_as_it_likes(self):
        daemon = self.daemon({'gate': ini('gate', TimeoutStartSec='1s', args={'opens': '10ms'}),
                              'late': ini('ends', args={'after': '1500ms'})})
        daemon.wait_state('late.service', 'done')
        self.assertEqual(daemon.task('gate.service')['state'], 'running')


class Lost(Case):
    def pair(self, **keys):
        daemon = self.daemon({'gate': ini('gate', args={'opens': '1ms'}),
                              'app': ini('tidy', **keys)})
        daemon.wait_state('gate.service', 'running')
        daemon.wait_state('app.service', 'running')
        return daemon

    def test_when_it_fails_what_requires_it_stops_and_waits(self):
        daemon = self.pair(Requires='gate')
        daemon.ctl('call', 'gate', 'fall')
        daemon.wait_state('app.service', 'waiting')
        self.assertIn('tidied up', daemon.texts())
        self.assertIn('stops: it requires gate.service, which failed', daemon.texts('app'))
        daemon.ctl('start', 'gate')
        daemon.wait_state('app.service', 'running')

    def test_when_it_fails_what_wants_it_goes_on(self):
        daemon = self.pair(Wants='gate')
        daemon.ctl('call', 'gate', 'fall')
        daemon.wait_state('gate.service', 'failed')
        self.assertEqual(daemon.task('app.service')['state'], 'running')

    def test_a_stop_stops_what_requires_it_and_a_start_starts_it(self):
        daemon = self.pair(Requires='gate')
        daemon.ctl('stop', 'gate')
        daemon.wait_state('app.service', 'waiting')
        self.assertEqual(daemon.task('app.service')['reason'],
                         'waits for gate.service, which was stopped')
        daemon.ctl('start', 'gate')
        daemon.wait_state('app.service', 'running')

    def test_a_start_starts_first_what_it_requires(self):
        daemon = self.pair(Requires='gate')
        daemon.ctl('stop', 'app')
        daemon.ctl('stop', 'gate')
        self.assertEqual(daemon.task('app.service')['state'], 'stopped')
        daemon.ctl('start', 'app')
        daemon.wait_state('app.service', 'running')
        self.assertEqual(daemon.task('gate.service')['state'], 'running')

    def test_a_start_of_what_waits_starts_what_was_stopped(self):
        daemon = self.daemon({'net': TIDY, 'db': ini('tidy', Requires='net'),
                              'web': ini('tidy', Requires='db')})
        daemon.wait_state('web.service', 'running')
        daemon.ctl('stop', 'net')
        daemon.wait_state('web.service', 'waiting')
        daemon.wait_state('db.service', 'waiting')
        self.assertEqual(daemon.ctl('start', 'web').stdout, 'web.service: waiting\n')
        daemon.wait_state('web.service', 'running')
        self.assertEqual(daemon.task('net.service')['state'], 'running')

    def test_one_that_waits_can_be_stopped(self):
        daemon = self.daemon({'gate': ini('gate'), 'app': ini('tidy', Requires='gate')})
        self.assertIn('stopped', daemon.ctl('stop', 'app').stdout)
        daemon.ctl('call', 'gate', 'open')
        daemon.wait_state('gate.service', 'running')
        self.assertEqual(daemon.task('app.service')['state'], 'stopped')
        self.assertEqual(daemon.json('history', 'app')['runs'], [])

    def test_unload_of_what_is_required(self):
        daemon = self.pair(Requires='gate')
        daemon.ctl('unload', 'gate')
        daemon.wait_state('app.service', 'waiting')
        self.assertIn('gate.service, which is not loaded', daemon.task('app.service')['reason'])
        daemon.ctl('load', 'gate')
        daemon.wait_state('app.service', 'running')

    def test_a_reload_takes_over_what_it_requires(self):
        daemon = self.pair(Wants='gate')
        daemon.write('app', ini('tidy', Requires='nobody'))
        daemon.ctl('reload', 'app', code=6)
        self.assertEqual(daemon.task('app.service')['runs'], 1)
        self.assertEqual(daemon.task('app.service')['state'], 'running')
        daemon.write('app', ini('tidy', Requires='gate', After='gate'))
        daemon.ctl('reload', 'app')
        daemon.ctl('stop', 'gate')
        daemon.wait_state('app.service', 'waiting')
        daemon.ctl('start', 'gate')
        daemon.wait_state('app.service', 'running')

    def test_an_instance_that_is_required_is_made(self):
        daemon = self.daemon({'app': ini('tidy', Requires='part@7'), 'part@': ini('tidy')})
        daemon.wait_state('app.service', 'running')
        self.assertEqual(daemon.task('part@7.service')['state'], 'running')

    def test_restarts_hold_what_requires_it_until_it_is_back(self):
        daemon = self.daemon({'gate': ini('gate', Restart='on-failure', RestartSec='300ms',
                                          args={'opens': '1ms'}),
                              'app': ini('tidy', Requires='gate')})
        daemon.wait_state('app.service', 'running')
        daemon.ctl('call', 'gate', 'fall')
        daemon.wait_state('app.service', 'waiting')
        daemon.wait_state('app.service', 'running')
        self.assertEqual(daemon.task('app.service')['runs'], 2)
        self.assertIn('tidied up', daemon.texts())

    def test_a_schedule_is_held_while_its_requirement_is_missing(self):
        daemon = self.daemon({'gate': ini('gate', args={'opens': '1ms'}),
                              'job': ini('ends', Requires='gate', schedule={'Every': '1h'})})
        daemon.wait_state('job.service', 'scheduled')
        daemon.ctl('stop', 'gate')
        daemon.wait_state('job.service', 'waiting')
        daemon.ctl('start', 'gate')
        daemon.wait_state('job.service', 'scheduled')


class Wrong(Case):
    def error(self, daemon, name):
        for service in daemon.json('services', name)['services']:
            return service['error']['message'] if service['error'] else None

    def test_rings_are_refused_with_the_whole_ring(self):
        daemon = self.daemon({
            'a': ini('tidy', Requires='b'), 'b': ini('tidy', Wants='c'), 'c': ini('tidy', After='a'),
            'self': ini('tidy', Requires='self'), 'on': ini('tidy', Requires='a'), 'ok': TIDY,
        })
        self.assertRegex(self.error(daemon, 'a'),
                         r'/a\.ini:3: services that wait for each other: a\.service requires '
                         r'b\.service wants c\.service comes after a\.service$')
        self.assertRegex(self.error(daemon, 'b'), r'/b\.ini:3: .*: b\.service wants c\.service')
        self.assertRegex(self.error(daemon, 'self'), r': self\.service requires self\.service$')
        self.assertEqual(daemon.task('on.service')['reason'],
                         'waits for a.service, which did not load')
        self.assertEqual(daemon.task('ok.service')['state'], 'running')
        self.assertEqual(daemon.ctl('load', 'a', code=6).stdout, '')

    def test_unknown_names(self):
        daemon = self.daemon({
            'a': ini('tidy', Requires='gohst'), 'ghost': TIDY, 'b': ini('tidy', Wants='nix'),
            'c': ini('tidy', Requires='no/name'), 'd': ini('tidy', Requires='ghost, ghost.service'),
        })
        self.assertRegex(self.error(daemon, 'a'),
                         r"/a\.ini:3: a\.service requires gohst\.service, and there is no service "
                         r"'gohst', did you mean 'ghost'\?$")
        self.assertEqual(daemon.task('b.service')['state'], 'running')
        self.assertTrue(any("Wants: there is no service 'nix', ignoring" in text
                            for text in daemon.texts()))
        self.assertIn("c.ini:3: Requires: 'no/name' cannot be a service's name",
                      self.error(daemon, 'c'))
        self.assertEqual(daemon.task('d.service')['state'], 'running')

    def test_a_core_service_requires_core_services_alone(self):
        daemon = self.daemon({'net': core(Requires='app'), 'app': TIDY})
        self.assertRegex(self.error(daemon, 'net'),
                         r'/net\.ini:4: net\.service requires app\.service, which is a runtime '
                         'service: core services have ended before those start$')

    def test_what_is_disabled_comes_along_when_it_is_required(self):
        daemon = self.daemon({'app': ini('tidy', Requires='off'), 'off': ini('tidy', Enabled='no'),
                              'other': ini('tidy', Enabled='no')})
        daemon.wait_state('app.service', 'running')
        self.assertEqual(daemon.task('off.service')['state'], 'running')
        self.assertIsNone(daemon.task('other.service'))


class Analyze(Case):
    SERVICES = {'net': core(args={'after': '50ms'}), 'db': ini('tidy', Requires='net'),
                'web': ini('tidy', Requires='db', After='app'), 'app': TIDY}

    def test_where_the_time_went(self):
        daemon = self.daemon(self.SERVICES)
        daemon.wait_state('web.service', 'running')
        self.assertRegex(daemon.ctl('analyze').stdout,
                         r'^booted in [\d.]+ m?s: core [\d.]+ m?s, init .*s\n$')
        blame = daemon.ctl('analyze', 'blame').stdout.splitlines()
        self.assertRegex(blame[0], r'^[\d.]+ m?s +net\.service$')
        self.assertEqual(len(blame), 4)
        chain = daemon.ctl('analyze', 'critical-chain', 'web').stdout.splitlines()
        self.assertRegex(chain[0], r'^web\.service @[\d.]+ m?s \+')
        self.assertIn('net.service @', chain[-1])
        self.assertEqual(len(daemon.json('analyze', 'blame')['services']), 4)
        done = daemon.ctl('analyze', 'everything', code=2)
        self.assertIn('blame, critical-chain and plot', done.stderr)

    def test_the_plot_is_a_picture(self):
        daemon = self.daemon(self.SERVICES)
        svg = xml.etree.ElementTree.fromstring(daemon.ctl('analyze', 'plot').stdout)
        texts = [node.text for node in svg.iter() if node.tag.endswith('text')]
        for name in self.SERVICES:
            self.assertTrue(any(text.startswith(f'{name}.service (') for text in texts), texts)
        wire = daemon.wire()
        wire.send(b'analyze plot\n')
        self.assertIn(b'aiotoolsctl analyze plot', wire.message(b'\n'))

    def test_dependencies_as_a_tree(self):
        daemon = self.daemon(self.SERVICES)
        daemon.wait_state('web.service', 'running')
        self.assertEqual(daemon.ctl('dependencies', 'web').stdout,
                         'web.service: running\n'
                         '  requires db.service: running\n'
                         '    requires net.service: done\n'
                         '  after app.service: running\n')
        self.assertEqual(daemon.ctl('dependencies', '--reverse', 'net').stdout,
                         'net.service: done\n'
                         '  required by db.service: running\n'
                         '    required by web.service: running\n')
        rows = daemon.json('dependencies', 'web')['dependencies']
        self.assertEqual([row['name'] for row in rows], ['web', 'db', 'net', 'app'])
        self.assertIn('nobody', daemon.ctl('dependencies', 'nobody', code=5).stderr)


class Options(Case):
    def test_no_schedule_arms_nothing(self):
        daemon = self.daemon({'job': ini('ends', schedule={'Every': '10ms'}),
                              'app': ini('tidy', Requires='job')}, args=['--no-schedule'])
        self.assertEqual(daemon.task('job.service')['state'], 'stopped')
        self.assertEqual(daemon.task('app.service')['state'], 'running')
        self.assertIn('--no-schedule', daemon.ctl('info').stdout)
        self.assertEqual(daemon.task('job.service')['runs'], 0)
        daemon.ctl('start', 'job')
        wait_for(lambda: daemon.task('job.service')['runs'] > 2, 'it runs by its schedule')

    def test_no_config_leaves_options_at_their_defaults(self):
        daemon = self.daemon({'one': ini('tidy', args={'what': 'quietly', 'wrong': '1'})},
                             args=['--no-config'])
        self.assertIn('waiting, nothing', daemon.texts())
        self.assertIn('--no-config', daemon.ctl('info').stdout)


if __name__ == '__main__':
    main()
