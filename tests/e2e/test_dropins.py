"""Where a service's settings come from: directories, drop-ins, templates, services.json."""
import json

import aiot


class DropIns(aiot.Case):
    def drop_in(self, daemon, service, name, text, base=None):
        directory = (base or daemon.config) / f'services.d/{service}.ini.d'
        directory.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)

    def test_layers(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'whom': 'admin', 'every': '1h'})})
        self.drop_in(daemon, 'hello', '20.ini', '[Args]\nwhom = drop-in\n')
        self.drop_in(daemon, 'hello', '10.ini', '[Args]\nwhom = earlier\nevery =\n')
        self.drop_in(daemon, 'hello', '30.ini', '[Service]\nDescription = from run\n', daemon.run)
        told = daemon.ctl('daemon-reload').stdout
        self.assertIn('changed on disk', told)
        daemon.ctl('unload', 'hello')
        daemon.ctl('load', 'hello')
        config = daemon.json('get-config', 'hello')['hello']
        self.assertEqual(config['args'], {'whom': 'drop-in', 'every': '1s'})
        self.assertEqual(config['origin']['args'], {
            'whom': f'{daemon.config}/services.d/hello.ini.d/20.ini:2', 'every': 'default'})
        self.assertIn('from run', daemon.ctl('services').stdout)
        daemon.ctl('config', 'hello', 'whom=Ada')
        text = daemon.ctl('cat', 'hello').stdout
        self.assertEqual([line for line in text.splitlines() if line.startswith('# ')], [
            f'# {daemon.config}/services.d/hello.ini',
            f'# {daemon.config}/services.d/hello.ini.d/10.ini',
            f'# {daemon.config}/services.d/hello.ini.d/20.ini',
            f'# {daemon.run}/services.d/hello.ini.d/30.ini',
            '# services.json'])

    def test_the_state_directory_is_between_vendor_and_admin(self):
        daemon = self.daemon({'hello': aiot.ini('hello', Description='admin')})
        services = daemon.state / 'services.d'
        services.mkdir()
        (services / 'hello.ini').write_text(aiot.ini('hello', Description='state'))
        (services / 'more.ini').write_text(aiot.ini('hello', Description='state'))
        daemon.ctl('daemon-reload')
        found = {s['name']: s['info'] for s in daemon.json('services')['services']}
        self.assertEqual(found, {'hello': 'admin', 'more': 'state'})

    def test_a_wrong_drop_in_is_named_with_its_line(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        self.drop_in(daemon, 'hello', 'a.ini', '[Service]\nEnabeld = no\n')
        daemon.ctl('unload', 'hello')
        failed = daemon.ctl('load', 'hello', code=6)
        self.assertEqual(
            failed.stderr,
            f'[ ERROR ] Service: hello.service from {daemon.config}/services.d/hello.ini not '
            f'loaded: Error: EINVAL: {daemon.config}/services.d/hello.ini.d/a.ini:2: unknown key '
            "'Enabeld' in [Service], did you mean 'Enabled'?\n")

    def test_instances_of_a_template(self):
        daemon = self.daemon({'hello@': aiot.ini('hello', args={'whom': 'number %i'})})
        self.assertEqual(daemon.ctl('services').stdout.splitlines()[1].split(),
                         ['hello@.service', 'unloaded', 'template', '-'])
        daemon.ctl('load', 'hello@1', 'hello@2')
        daemon.ctl('enable', 'hello@2', 'hello@3')
        daemon.wait_text('hello, number 1')
        self.assertEqual(daemon.ctl('status', 'hello@2', '--no-log').stdout.split()[1],
                         'hello@2.service:')
        daemon.stop()
        again = self.daemon(base=daemon.base)
        names = [s['name'] for s in again.json('services')['services']]
        self.assertEqual(names, ['hello@', 'hello@2', 'hello@3'])
        again.wait_state('hello@2.service', 'running')
        again.wait_state('hello@3.service', 'running')
        again.ctl('load', 'hello@', code=6)
        again.ctl('load', 'other@1', code=5)

    def test_unset_variables_and_percents_are_told_with_their_line(self):
        daemon = self.daemon({'hello@': aiot.ini('hello', args={'whom': '%n', 'every': '${NIX}'})})
        failed = daemon.ctl('load', 'hello@1', code=6).stderr
        self.assertIn("hello@.ini:4: '%n' means nothing in a template", failed)
        self.assertIn("line 5: environment variable 'NIX' is not set", failed)

    def test_services_json_of_before_and_a_damaged_one(self):
        daemon = self.daemon({'hello': aiot.ini('hello')}, wait=True)
        kept = daemon.state / 'services.json'
        daemon.stop()
        kept.write_text(json.dumps({'hello': {'enabled': False}}))
        again = self.daemon(base=daemon.base)
        self.assertIsNone(again.task('hello.service'))
        again.stop()
        kept.write_text('{"hello": {"enab')
        last = self.daemon(base=daemon.base)
        last.wait_state('hello.service', 'running')
        self.assertFalse(kept.exists())
        self.assertEqual((daemon.state / 'services.json.bad').read_text(), '{"hello": {"enab')
        self.assertIn('is damaged: it is not JSON', last.stderr() + last.stdout())


if __name__ == '__main__':
    aiot.main()
