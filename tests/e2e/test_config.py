"""INI files: what is wrong is said with file and line, and concerns nobody else."""
from aiot import Case, ini, main

TIDY = ini('tidy')


class Bad(Case):
    def refused(self, text, *words):
        """A service with such an INI does not load, and the words say why."""
        daemon = self.daemon({'good': TIDY, 'bad': text}, modules=['tidy'])
        self.assertEqual(daemon.task('good.service')['state'], 'running')
        self.assertIsNone(daemon.task('bad.service'))
        done = daemon.ctl('load', 'bad', code=6)
        for where, said in (('load', done.stdout + done.stderr),
                            ('traceback', daemon.ctl('traceback', 'bad').stdout),
                            ('log', '\n'.join(daemon.texts()))):
            for word in words:
                self.assertIn(word, said, where)
        return daemon

    def test_an_unknown_key_with_the_right_spelling(self):
        self.refused('[Service]\nModul = tidy\n', 'bad.ini:2', 'Module')

    def test_an_unknown_section(self):
        self.refused('[Service]\nModule = tidy\n[Servce]\nEnabled = yes\n', 'bad.ini:', 'Servce')

    def test_a_key_twice(self):
        self.refused('[Service]\nModule = tidy\nModule = ends\n', 'bad.ini:3')

    def test_a_bad_value(self):
        self.refused('[Service]\nModule = tidy\nEnabled = perhaps\n', 'bad.ini:3', 'perhaps')

    def test_an_unknown_argument(self):
        self.refused('[Service]\nModule = tidy\n[Args]\nwhta = x\n', 'bad.ini:4', 'whta')

    def test_a_bad_argument(self):
        self.refused('[Service]\nModule = tidy\n[Args]\nlast = soon\n', 'bad.ini:4', 'soon')

    def test_a_line_that_is_too_long(self):
        self.refused(f'[Service]\nModule = tidy\nDescription = {"x" * 300}\n', 'bad.ini:3')

    def test_no_ini_at_all(self):
        self.refused('this is no INI file\n', 'bad.ini:1')

    def test_without_a_module(self):
        self.refused('[Service]\nType = runtime\n', 'bad.ini', 'Module')

    def test_a_path_as_module(self):
        self.refused('[Service]\nModule = tidy.so\n', 'bad.ini:2', 'leave out .so')

    def test_an_empty_file(self):
        self.refused('', 'bad.ini is empty; write it again')

    def test_a_link_to_dev_null_masks(self):
        daemon = self.daemon({'good': TIDY})
        (daemon.config / 'services.d' / 'off.ini').symlink_to('/dev/null')
        daemon.ctl('daemon-reload')
        services = {s['name']: s for s in daemon.json('services')['services']}
        self.assertEqual((services['off']['load'], services['off']['error']), ('masked', None))
        self.assertIn('masked', daemon.ctl('load', 'off', code=6).stderr)
        daemon.ctl('daemon-reload')
        self.assertNotIn('ERROR', daemon.stdout())

    def test_a_bad_schedule(self):
        self.refused('[Service]\nModule = tidy\nType = schedule\n[Schedule]\nStartIn = soon\n',
                     'bad.ini:5', 'soon')

    def test_mended_it_loads(self):
        daemon = self.refused('[Service]\nModul = tidy\n', 'bad.ini:2')
        daemon.write('bad', TIDY)
        daemon.ctl('load', 'bad')
        self.assertEqual(daemon.task('bad.service')['state'], 'running')

    def test_a_file_that_others_can_write(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('bad', TIDY)
        (daemon.config / 'services.d/bad.ini').chmod(0o666)
        daemon.ctl('daemon-reload', code=None)
        daemon.ctl('load', 'bad', code=6)
        self.assertIn('bad.ini', daemon.ctl('traceback', 'bad').stdout)

    def test_daemon_reload_is_6_when_a_file_is_wrong(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('bad', '[Service]\nModul = tidy\n')
        done = daemon.ctl('daemon-reload', code=6)
        self.assertIn('bad.ini:2', done.stdout + done.stderr)

    def test_a_running_service_survives_its_file_going_bad(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('good', '[Service]\nModul = tidy\n')
        daemon.ctl('daemon-reload', code=6)
        self.assertEqual(daemon.task('good.service')['state'], 'running')
        self.assertEqual(daemon.task('good.service')['runs'], 1)

    def test_daemon_reload_checks_the_arguments_of_what_runs(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('good', ini('tidy', args={'whta': 'x', 'last': 'soon'}))
        daemon.ctl('daemon-reload', code=6)
        error = daemon.json('services', 'good')['services'][0]['error']['message']
        self.assertIn('good.ini:4', error)
        self.assertIn('good.ini:5', error)
        self.assertEqual(daemon.task('good.service')['runs'], 1)

    def test_daemon_reload_checks_the_daemons_own_file(self):
        daemon = self.daemon({'good': TIDY}, config='[Log]\nLevel = info\n')
        (daemon.config / 'aiotoolsd.ini').write_text('[Log]\nLevel = loud\n')
        done = daemon.ctl('daemon-reload', code=6)
        self.assertIn('aiotoolsd.ini:2', done.stdout + done.stderr)
        (daemon.config / 'aiotoolsd.ini').write_text('[Log]\nLevel = debug\nSize = 2M\n')
        daemon.ctl('daemon-reload')
        self.assertTrue(any('Size in [Log] takes effect at the next start' in text
                            for text in daemon.texts()))

    def test_a_group_that_is_none(self):
        daemon = self.daemon(config='[Control]\nOperateGroup = no-such-group\n', wait=False)
        self.assertEqual(daemon.wait(code=None), 6)
        self.assertIn('aiotoolsd.ini:2', daemon.stderr())

    def test_the_daemons_own_file(self):
        daemon = self.daemon(config='[Log]\nSize = lots\n', wait=False)
        self.assertEqual(daemon.wait(code=None), 6)
        self.assertIn('aiotoolsd.ini:2', daemon.stderr())


class Reload(Case):
    def test_daemon_reload_restarts_nothing(self):
        daemon = self.daemon({'one': TIDY})
        daemon.write('one', ini('tidy', args={'what': 'otherwise'}))
        daemon.write('two', TIDY)
        daemon.ctl('daemon-reload')
        services = {s['name']: s for s in daemon.json('services')['services']}
        self.assertTrue(services['one']['changed'])
        self.assertEqual(services['two']['load'], 'unloaded')
        self.assertEqual(daemon.task('one.service')['runs'], 1)
        daemon.ctl('unload', 'one')
        daemon.ctl('load', 'one')
        self.assertIn('waiting, otherwise', daemon.texts())

    def test_a_file_that_is_gone(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        daemon.ctl('unload', 'two')
        for name in ('one', 'two'):
            (daemon.config / f'services.d/{name}.ini').unlink()
        daemon.ctl('daemon-reload', code=None)
        self.assertEqual(daemon.task('one.service')['state'], 'running')
        daemon.ctl('load', 'two', code=None)
        self.assertIsNone(daemon.task('two.service'))

    def test_values_may_go_on_in_the_next_line_and_name_the_environment(self):
        daemon = self.daemon({'one': '[Service]\nModule = tidy\n[Args]\nwhat = one\n  ${PLACE}\n'},
                             env={'PLACE': 'somewhere'})
        self.assertIn('waiting, one somewhere', daemon.texts())


if __name__ == '__main__':
    main()
