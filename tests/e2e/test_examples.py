"""The examples, with the INI files that come with them, in a daemon."""
from aiot import SOURCE, Case, main


class Examples(Case):
    def test_all_of_them_load(self):
        files = {path.stem: path.read_text() for path in (SOURCE / 'examples').glob('*.ini')}
        self.assertEqual(set(files), {path.stem for path in (SOURCE / 'examples').glob('*.c')} - {'embed'})
        d = self.daemon(files)
        self.assertEqual(d.ctl('list').stdout, '')  # none is enabled
        for name in sorted(files):
            if name != 'service':
                d.ctl('load', name)
        d.wait_state('results', 'done')
        self.assertEqual(d.ctl('result', 'results').stdout, 'results.service --> 21.5\n')
        self.assertEqual(d.task('schedule')['state'], 'scheduled')
        d.wait_state('errors', 'failed')
        self.assertIn('in send_part', d.ctl('traceback', 'errors').stdout)
        d.wait_state('crew', 'done')
        self.assertEqual(d.ctl('call', 'verbs', 'push', '5').stdout, 'depth 1\n')
        self.assertIn('1 on the stack', d.ctl('report').stdout)

    def test_a_whole_service_says_what_is_missing(self):
        d = self.daemon({'service': (SOURCE / 'examples/service.ini').read_text() +
                         '[Args]\nsensor = nothing\n'})
        d.ctl('load', 'service')
        d.wait_state('service', 'failed')
        self.assertIn("sensor 'nothing' or output 'heater' does not work",
                      d.ctl('status', 'service', code=3).stdout + d.ctl('traceback', 'service').stdout)

    def test_the_readme_names_each(self):
        text = (SOURCE / 'examples/README.md').read_text()
        for path in (SOURCE / 'examples').glob('*.c'):
            self.assertIn(f'({path.name})', text)


if __name__ == '__main__':
    main()
