"""What a person does at the terminal: every verb, its exit codes, its words for what went wrong."""
import json

from aiot import Case, ini, main, wait_for

TIDY = ini('tidy', args={'what': 'quietly'})


class Tasks(Case):
    def test_status_shows_each_task_and_is_0_while_it_runs(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        text = daemon.ctl('status').stdout
        self.assertIn('\u25cf one.service: status: running since ', text)
        self.assertIn('\u25cf two.service: status: running since ', text)
        self.assertIn(' ago\n', text)
        text = daemon.ctl('status', 'one.service').stdout
        self.assertIn('one.service', text)
        self.assertNotIn('two.service', text)
        self.assertIn('waiting, quietly', text)
        self.assertNotIn('waiting, quietly', daemon.ctl('status', 'one.service', '--no-log').stdout)

    def test_status_is_3_for_a_task_that_does_not_run(self):
        daemon = self.daemon({'one': TIDY})
        daemon.ctl('stop', 'one.service')
        text = daemon.ctl('status', 'one.service', code=3).stdout
        self.assertIn('one.service: status: stopped', text)
        self.assertIn('result: stopped in order', text)
        daemon.ctl('status')

    def test_debug_status_shows_arguments_and_where_the_task_waits(self):
        daemon = self.daemon({'one': ini('tidy', args={'child': 'yes', 'what': 'inside'})})
        text = daemon.ctl('status', '--debug', 'one.service').stdout
        self.assertIn('tidy.so', text)
        self.assertIn('what', text)
        self.assertIn('inside', text)
        self.assertRegex(text, r'tidy\.c:\d+')

    def test_unknown_names_are_named_in_the_error(self):
        daemon = self.daemon({'one': TIDY})
        for verb, code in (('status', 4), ('list', 4), ('traceback', 4), ('start', 5), ('stop', 5),
                           ('restart', 5), ('load', 5), ('unload', 5), ('describe', 5)):
            with self.subTest(verb=verb):
                done = daemon.ctl(verb, 'nobody', code=code)
                self.assertIn("'nobody'", done.stderr)
                self.assertEqual(done.stdout, '')

    def test_a_service_that_has_no_task_is_told_why(self):
        daemon = self.daemon({'dofail': ini('dofail'), 'fresh': ini('e2e-tidy', Enabled='no'),
                              'one': TIDY})
        for verb, code in (('status', 4), ('start', 5)):
            with self.subTest(verb=verb):
                self.assertIn("service 'fresh' is not loaded; aiotoolsctl load fresh\n",
                              daemon.ctl(verb, 'fresh', code=code).stderr)
                self.assertIn("service 'dofail' did not load: EDOM: divide by zero; "
                              "aiotoolsctl traceback dofail\n",
                              daemon.ctl(verb, 'dofail', code=code).stderr)
                self.assertIn("did you mean 'one.service'?",
                              daemon.ctl(verb, 'onne', code=code).stderr)

    def test_a_pattern_that_matches_nothing(self):
        daemon = self.daemon({'one': TIDY})
        self.assertEqual(daemon.ctl('status', 'x*').stdout, '')
        for verb in ('start', 'stop', 'restart', 'load', 'unload'):
            with self.subTest(verb=verb):
                daemon.ctl(verb, 'x*', code=1)

    def test_an_unknown_verb_or_option_is_2(self):
        daemon = self.daemon()
        self.assertIn("'status'", daemon.ctl('statsu', code=2).stderr)
        daemon.ctl('status', '--frobnicate', code=2)
        daemon.ctl('restart', code=2)
        daemon.ctl(code=2)

    def test_stop_runs_finally_and_start_begins_a_new_run(self):
        daemon = self.daemon({'one': ini('tidy', args={'child': 'yes'})})
        self.assertEqual(daemon.ctl('stop', 'one.service').stdout, 'one.service: stopped\n')
        texts = daemon.texts()
        self.assertLess(texts.index('tidied inside'), texts.index('tidied up'))
        self.assertEqual(daemon.ctl('start', 'one.service').stdout, 'one.service: running\n')
        self.assertEqual(daemon.task('one.service')['runs'], 2)

    def test_stop_waits_for_the_end_of_finally(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '300ms'})})
        daemon.ctl('stop', 'one.service')
        self.assertIn('tidied up', daemon.texts())

    def test_start_of_a_running_task_is_refused(self):
        daemon = self.daemon({'one': TIDY})
        done = daemon.ctl('start', 'one.service', code=1)
        self.assertIn("'one.service'", done.stderr)
        self.assertEqual(daemon.task('one.service')['runs'], 1)

    def test_stop_of_a_stopped_task_is_told(self):
        daemon = self.daemon({'one': TIDY})
        daemon.ctl('stop', 'one.service')
        runs = daemon.task('one.service')['runs']
        self.assertEqual(daemon.ctl('stop', 'one.service').stdout, 'one.service: stopped\n')
        self.assertEqual(daemon.task('one.service')['runs'], runs)

    def test_start_and_stop_without_a_name_mean_all(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        daemon.ctl('stop')
        for name in ('one.service', 'two.service'):
            self.assertEqual(daemon.task(name)['state'], 'stopped')
        daemon.ctl('start', 'one.service')
        daemon.ctl('start')  # skips what runs
        self.assertEqual(daemon.task('one.service')['runs'], 2)
        self.assertEqual(daemon.task('two.service')['state'], 'running')

    def test_patterns_name_several(self):
        daemon = self.daemon({'one': TIDY, 'ono': TIDY, 'two': TIDY})
        daemon.ctl('stop', 'on?.service')
        states = [daemon.task(f'{name}.service')['state'] for name in ('one', 'ono', 'two')]
        self.assertEqual(states, ['stopped', 'stopped', 'running'])

    def test_restart_is_a_new_run(self):
        daemon = self.daemon({'one': TIDY})
        daemon.ctl('restart', 'one.service')
        task = daemon.task('one.service')
        self.assertEqual((task['state'], task['runs']), ('running', 2))

    def test_several_names_with_one_unknown(self):
        daemon = self.daemon({'one': TIDY})
        self.assertIn("'nobody'", daemon.ctl('stop', 'one.service', 'nobody', code=5).stderr)

    def test_list_shows_who_is_alive(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        daemon.ctl('stop', 'two.service')
        self.assertNotIn('two.service', daemon.ctl('list').stdout)
        self.assertIn('two.service', daemon.ctl('list', '--all').stdout)
        names = [task['name'] for task in daemon.json('list', '--all')['tasks']]
        self.assertEqual(names, ['one.service', 'two.service'])

    def test_a_result_is_shown(self):
        daemon = self.daemon({'one': ini('ends')})
        daemon.wait_state('one.service', 'done')
        self.assertEqual(daemon.task('one.service')['result'], {'answer': 42})
        self.assertIn('--> result: ', daemon.ctl('status', 'one.service', code=3).stdout)

    def test_a_failed_task_has_a_traceback_of_each_await(self):
        daemon = self.daemon({'one': ini('ends', args={'code': '5'})})
        daemon.wait_state('one.service', 'failed')
        text = daemon.ctl('traceback', 'one.service').stdout
        self.assertRegex(text, r'File "\S*ends\.c", line \d+, in ends\n'
                               r' *File "\S*ends\.c", line \d+, in fail_inside\n'
                               r' *EIO: failed as asked, 5\n')
        sites = daemon.json('traceback', 'one.service')['tracebacks'][0]['error']['traceback']
        self.assertEqual(sorted(site['function'] for site in sites), ['ends', 'fail_inside'])
        daemon.ctl('status', 'one.service', code=3)

    def test_a_schedule_shows_its_last_and_next_run(self):
        daemon = self.daemon({'one': ini('ends', Type='schedule',
                                         schedule={'StartIn': '50ms', 'Every': '1h'})})
        self.assertEqual(daemon.task('one.service')['schedule']['every_us'], 3600 * 10**6)
        daemon.wait_text('one.service from')
        wait_for(lambda: daemon.task('one.service')['last'] == 'done', 'its first run')
        text = daemon.ctl('status', 'one.service').stdout
        self.assertIn('one.service: status: scheduled - done @ ', text)
        self.assertIn('schedule: last @ ', text)
        self.assertIn('next in ', text)

    def test_stop_takes_a_task_off_its_schedule(self):
        daemon = self.daemon({'one': ini('ends', schedule={'StartIn': '1h'})})
        self.assertEqual(daemon.task('one.service')['state'], 'scheduled')
        daemon.ctl('stop', 'one.service')
        self.assertEqual(daemon.task('one.service')['state'], 'stopped')
        daemon.ctl('start', 'one.service')
        self.assertEqual(daemon.task('one.service')['state'], 'scheduled')


class Services(Case):
    def test_services_lists_what_is_loaded_and_what_is_not(self):
        daemon = self.daemon({'one': TIDY, 'off': ini('tidy', Enabled='no'), 'dofail': ini('dofail')})
        services = {s['name']: s for s in daemon.json('services')['services']}
        self.assertEqual({n: (s['load'], s['enabled']) for n, s in services.items()},
                         {'one': ('loaded', 'enabled'), 'off': ('unloaded', 'disabled'),
                          'dofail': ('failed', 'enabled')})
        text = daemon.ctl('services', '--status').stdout
        self.assertRegex(text, r'\[ OK \] Service: one\.service from \S+/tidy\.so loaded')
        self.assertRegex(text, r'\[ ERROR \] Service: dofail\.service from \S+ not loaded: Error: ')

    def test_load_and_unload(self):
        daemon = self.daemon({'off': ini('tidy', Enabled='no')})
        self.assertIsNone(daemon.task('off.service'))
        self.assertIn('[ OK ]', daemon.ctl('load', 'off').stdout)
        self.assertEqual(daemon.task('off.service')['state'], 'running')
        self.assertIn("'off'", daemon.ctl('load', 'off', code=1).stderr)
        daemon.ctl('unload', 'off')
        self.assertIn('tidied up', daemon.texts())
        self.assertIsNone(daemon.task('off.service'))
        self.assertIn("'off'", daemon.ctl('unload', 'off', code=1).stderr)

    def test_a_service_can_be_loaded_again_after_unload(self):
        daemon = self.daemon({'one': TIDY})
        for _ in range(5):
            daemon.ctl('unload', 'one')
            daemon.ctl('load', 'one')
        self.assertEqual(daemon.task('one.service')['state'], 'running')

    def test_load_without_a_name_loads_what_is_enabled(self):
        daemon = self.daemon({'one': TIDY, 'off': ini('tidy', Enabled='no')})
        daemon.ctl('unload', 'one')
        daemon.ctl('load')
        loads = {s['name']: s['load'] for s in daemon.json('services')['services']}
        self.assertEqual(loads, {'one': 'loaded', 'off': 'unloaded'})

    def test_a_failure_to_load_is_the_same_line_wherever_it_is_told(self):
        daemon = self.daemon({'dofail': ini('dofail'), 'bad': '[Service]\nModul = tidy\n'})
        printed = [line for line in daemon.stdout().splitlines() if 'ERROR' in line]
        told = daemon.ctl('services', '--status').stdout.splitlines()
        logged = [text for text in daemon.texts() if 'ERROR' in text]
        self.assertEqual(len(printed), 2)
        self.assertEqual(sorted(printed), sorted(told))
        self.assertEqual(sorted(printed), sorted(logged))
        self.assertEqual(daemon.json('services', 'dofail')['services'][0]['path'],
                         f'{daemon.modules}/dofail.so')

    def test_dofail_fails_to_load_and_says_where(self):
        daemon = self.daemon({'dofail': ini('dofail', Enabled='no')})
        done = daemon.ctl('load', 'dofail', code=1)
        self.assertRegex(done.stderr, r'^\[ ERROR \] .*divide by zero\n$')
        self.assertEqual(done.stdout, '')
        text = daemon.ctl('traceback', 'dofail').stdout
        self.assertIn('divide by zero', text)
        self.assertRegex(text, r'File "\S*dofail\.c", line \d+, in divide\n')
        self.assertIsNone(daemon.task('dofail.service'))

    def test_traceback_of_all_has_services_that_did_not_load(self):
        daemon = self.daemon({'dofail': ini('dofail'), 'one': TIDY})
        self.assertIn('divide by zero', daemon.ctl('traceback').stdout)

    def test_describe_shows_options_and_stats_loaded_or_not(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '3'}),
                              'off': ini('ends', Enabled='no')})
        for name in ('one', 'off'):
            with self.subTest(name=name):
                text = daemon.ctl('describe', name).stdout
                for word in ('after', 'how many lines to log', 'lines logged'):
                    self.assertIn(word, text)
        kind = daemon.json('describe', 'one')['service']['kinds'][0]
        option = [o for o in kind['options'] if o['key'] == 'lines'][0]
        self.assertEqual((option['default'], option['value']), ('0', '3'))
        self.assertRegex(option['origin'], r'one\.ini:\d+$')

    def test_describe_of_what_is_not_loaded_runs_nothing_of_it(self):
        daemon = self.daemon({'off': ini('tidy', Enabled='no')})
        daemon.ctl('describe', 'off')
        self.assertFalse([text for text in daemon.texts() if 'waiting' in text])

    def test_every_public_function_can_be_had_by_a_service(self):
        daemon = self.daemon({'every': ini('every')})
        daemon.wait_state('every.service', 'done')
        self.assertGreater(daemon.task('every.service')['result'], 20)


class TheDaemon(Case):
    def test_info_says_version_and_paths(self):
        daemon = self.daemon()
        text = daemon.ctl('info').stdout
        self.assertIn(str(daemon.run), text)
        info = daemon.json('info')['info']
        self.assertRegex(json.dumps(info), r'"0\.\d+\.\d+"')

    def test_shutdown_ends_it_in_order(self):
        daemon = self.daemon({'one': ini('tidy', args={'last': '100ms'})})
        daemon.ctl('shutdown')
        daemon.wait(0)
        self.assertFalse(daemon.socket.exists())
        again = self.daemon(base=daemon.base)
        self.assertIn('tidied up', again.texts())

    def test_not_reachable_is_7(self):
        daemon = self.daemon()
        daemon.stop()
        for verb in ('status', 'stop', 'info', 'follow', 'shutdown'):
            with self.subTest(verb=verb):
                done = self.ctl(daemon.socket, verb, code=7)
                self.assertIn(str(daemon.socket), done.stderr)

    def test_json_of_an_error_is_json_too(self):
        daemon = self.daemon()
        done = daemon.ctl('--json', 'status', 'nobody', code=4)
        self.assertIn('io.aiotools.NoSuchTask', done.stdout)

    def test_help_and_version_need_no_daemon(self):
        nowhere = f'{self.dir}/none'
        self.assertIn('daemon-reload', self.ctl(nowhere, '--help').stdout)
        self.assertIn('--lines', self.ctl(nowhere, 'log', '--help').stdout)
        self.assertRegex(self.ctl(nowhere, '--version').stdout, r'^aiotoolsctl \d+\.\d+\.\d+\n$')

    def test_no_services_at_all(self):
        daemon = self.daemon()
        self.assertEqual(daemon.json('status'), {'tasks': []})
        daemon.ctl('status')
        daemon.ctl('services')


if __name__ == '__main__':
    main()
