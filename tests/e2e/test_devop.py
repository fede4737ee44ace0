"""The service devop: modes over restarts of the daemon, what is enabled in each, and what is written down."""
import json
import pathlib

from aiot import Case, ini, wait_for, main

MODES = 'test: flaky; app: tidy'


class Devop(Case):
    def boot(self, **args):
        args = {'modes': MODES, 'reset-after': '10ms', 'wait-timeout': '60s', **args}
        return self.daemon({'devop': ini('devop', args=args, schedule={'StartIn': '10ms'}),
                            'flaky': ini('flaky', Enabled='no', args={'fails': 0}),
                            'tidy': ini('tidy', Enabled='no'),
                            'other': ini('tidy')})

    def ask(self, daemon, *words):
        """What the client shows; the daemon is away now and then."""
        return daemon.ctl(*words, code=None).stdout

    def kept(self, daemon):
        path = daemon.state / 'devop.json'
        return json.loads(path.read_text()) if path.exists() else {}

    def enabled(self, daemon):
        text = self.ask(daemon, '--json', 'get-config')
        return {name for name, config in json.loads(text).items() if config['enabled']} if text else None

    def idle(self, daemon):
        """When devop's run is over, whose task then waits for no further one."""
        return wait_for(lambda: json.loads(self.ask(daemon, '--json', 'result', 'devop') or '{}')
                        .get('devop.service'), 'a result')

    def test_it_goes_through_all_modes_once_and_stays_in_the_last(self):
        daemon = self.boot(cycle='yes', wait='other')
        wait_for(lambda: self.kept(daemon).get('over'), 'the last mode is through')
        self.assertEqual(self.kept(daemon), {'mode': 'app', 'round': 1, 'over': True})
        wait_for(daemon.answers, 'the daemon is there')
        self.assertEqual(self.enabled(daemon), {'devop', 'other', 'tidy'})
        self.assertEqual(self.idle(daemon)['mode'], 'app')
        test, app = ((daemon.state / f'{mode}.report').read_text() for mode in ('test', 'app'))
        self.assertRegex(test, r'\Amode test, round 1, \d{4}-')
        self.assertIn('flaky.service: ', test)
        self.assertNotIn('tidy.service', test)
        self.assertIn('tidy.service: ', app)
        self.assertNotIn('flaky.service', app)
        stats = json.loads((daemon.state / 'test.stats.json').read_text())
        self.assertEqual(stats['mode'], 'test')
        self.assertEqual([task['name'] for task in stats['tasks'] if task['name'] == 'flaky.service'],
                         ['flaky.service'])
        self.assertIn('1 rounds are through; it stays in mode app', daemon.texts())

    def test_without_cycle_the_first_mode_is_entered_at_once(self):
        daemon = self.boot()
        self.assertEqual(self.idle(daemon)['mode'], 'test')
        self.assertEqual(self.enabled(daemon), {'devop', 'other', 'flaky'})
        self.assertEqual(daemon.task('flaky')['state'], 'running')
        self.assertIsNone(daemon.task('tidy'))
        # Another one that is chosen counts from devop's next start.
        self.assertIn('app', daemon.ctl('call', 'devop', 'mode', 'app').stdout)
        daemon.ctl('trigger', 'devop')
        wait_for(lambda: daemon.task('tidy'), 'the other mode')
        self.assertEqual(self.enabled(daemon), {'devop', 'other', 'tidy'})
        self.assertIsNone(daemon.task('flaky'))

    def test_an_unknown_service_is_refused_and_nothing_is_changed(self):
        daemon = self.boot(modes='test: flakey; app: tidy', cycle='yes')
        daemon.wait_text("failed: EINVAL: modes: 'test' names 'flakey', and there is no such service; "
                         'aiotoolsctl services lists them')
        self.assertEqual(self.enabled(daemon), {'devop', 'other'})
        self.assertEqual(self.kept(daemon), {})

    def test_what_cannot_be_kept_is_not_begun(self):
        daemon = self.boot(cycle='yes', **{'state-dir': self.dir + '/none', 'report-dir': self.dir})
        daemon.wait_text('the next mode cannot be kept in')
        self.assertEqual(self.enabled(daemon), {'devop', 'other', 'flaky'})
        wait_for(lambda: [run['outcome'] for run in daemon.json('history', 'devop')['runs']] == ['fail'],
                 'a failed run')

    def test_the_machine_is_rebooted_where_that_is_asked_for(self):
        mark = pathlib.Path(self.dir, 'mark')
        daemon = self.boot(cycle='yes', action='reboot', **{'reboot-command': f'echo go >{mark}'})
        wait_for(lambda: self.kept(daemon).get('mode') == 'app', 'the next mode is kept')
        self.idle(daemon)
        wait_for(lambda: mark.exists() and mark.read_text() == 'go\n', 'the command was run')
        self.assertEqual(self.enabled(daemon), {'devop', 'other', 'tidy'})


if __name__ == '__main__':
    main()
