"""install and remove: what is wrong is told before anything changes, and nothing is ever half there."""
import os
import pathlib
import shutil
import signal
import struct
import unittest

from aiot import (BUILD, BYTE_ORDER, CTL, SANITIZED, Case, Process, ini, main, module, wait_for)

ROOT = os.geteuid() == 0


def version(number):
    return BUILD / f'tests/e2e/services/e2e-version-{number}.so'


class Install(Case):
    def setUp(self):
        super().setUp()
        self.pack = pathlib.Path(self.dir) / 'pack'
        self.pack.mkdir()

    def offer(self, name, source, text=None):
        """A module to install, and its INI file."""
        path = self.pack / f'{name}.so'
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            shutil.copy(source, path)
        if text is not None:
            (self.pack / f'{name}.ini').write_text(text)
        return path

    def state(self, daemon):
        """All files that install could have left."""
        return sorted(str(path.relative_to(daemon.state)) for sub in ('modules', 'services.d')
                      for path in (daemon.state / sub).glob('*'))

    def refused(self, daemon, path, *parts, code=1):
        before = self.state(daemon)
        done = daemon.ctl('install', path, code=code)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertNotIn('.new', done.stderr)
        self.assertEqual(self.state(daemon), before)
        self.assertEqual(list(daemon.state.glob('*/.*')), [])


class Installs(Install):
    def test_module_and_ini_come_in_place_and_load(self):
        daemon = self.daemon()
        path = self.offer('version', version(1), ini('version', args={'word': 'packed'}))
        done = daemon.ctl('install', path)
        self.assertEqual(done.stdout, f'version: installed as {daemon.state}/modules/version.so; '
                                      'run: aiotoolsctl load version\n')
        self.assertEqual(self.state(daemon), ['modules/version.so', 'services.d/version.ini'])
        shutil.rmtree(self.pack)
        daemon.ctl('load', 'version')
        daemon.wait_text('version 1, run 1, packed')
        for path in daemon.state.glob('*/version.*'):
            self.assertEqual(path.stat().st_mode & 0o777, 0o644)

    def test_a_newer_one_is_installed_over_it_and_reloaded(self):
        daemon = self.daemon()
        daemon.ctl('install', self.offer('version', version(1), ini('version')))
        daemon.ctl('load', 'version')
        daemon.wait_state('version.service', 'running')
        done = daemon.ctl('install', self.offer('version', version(2)))
        self.assertIn('run: aiotoolsctl reload version', done.stdout)
        self.assertEqual(daemon.task('version.service')['runs'], 1)
        daemon.ctl('reload', 'version')
        daemon.wait_text('version 2, run 2')

    def test_a_directory_a_relative_path_and_no_ini(self):
        daemon = self.daemon()
        self.offer('tidy', module('tidy'))
        reply = daemon.json('install', self.pack)
        self.assertEqual(reply, {'name': 'tidy', 'path': f'{daemon.state}/modules/tidy.so',
                                 'file': f'{daemon.state}/services.d/tidy.ini', 'loaded': False,
                                 'notes': []})
        self.assertEqual((daemon.state / 'services.d/tidy.ini').read_text(),
                         '[Service]\nModule = tidy\n')
        daemon.ctl('remove', 'tidy')
        daemon.ctl('install', 'tidy.so', cwd=self.pack)
        daemon.ctl('load', 'tidy')

    def test_a_service_that_has_a_file_keeps_it(self):
        daemon = self.daemon({'version': ini('version', Enabled='no')}, modules=())
        daemon.ctl('install', self.offer('version', version(1)))
        self.assertEqual(self.state(daemon), ['modules/version.so'])
        service = daemon.json('services', 'version')['services'][0]
        self.assertEqual(service['file'], f'{daemon.config}/services.d/version.ini')
        daemon.ctl('load', 'version')
        service = daemon.json('services', 'version')['services'][0]
        self.assertEqual(service['path'], f'{daemon.state}/modules/version.so')

    def test_remove_takes_away_what_install_brought(self):
        daemon = self.daemon()
        daemon.ctl('install', self.offer('version', version(1), ini('version')))
        daemon.ctl('load', 'version')
        self.assertIn('aiotoolsctl unload version first',
                      daemon.ctl('remove', 'version', code=1).stderr)
        daemon.ctl('unload', 'version')
        daemon.write('other', ini('version', Enabled='no'))
        daemon.ctl('daemon-reload')
        self.assertIn("that of service 'other' as well",
                      daemon.ctl('remove', 'version', code=1).stderr)
        (daemon.config / 'services.d/other.ini').unlink()
        daemon.ctl('daemon-reload')
        self.assertEqual(daemon.ctl('remove', 'version').stdout, 'version: removed\n')
        self.assertEqual(self.state(daemon), [])
        daemon.ctl('remove', 'version', code=5)
        daemon.write('tidy', ini('tidy'))
        daemon.ctl('daemon-reload')
        self.assertIn('was not brought by install', daemon.ctl('remove', 'tidy', code=1).stderr)


    def test_what_stays_is_told_and_a_later_install_does_not_surprise(self):
        daemon = self.daemon()
        path = self.offer('version', version(1), ini('version'))
        daemon.ctl('install', path)
        daemon.ctl('config', 'version', 'word=mine', '--disable')
        dropins = daemon.config / 'services.d/version.ini.d'
        dropins.mkdir()
        (dropins / '5.ini').write_text('[Args]\nlast = 1s\n')
        self.assertEqual(daemon.ctl('remove', 'version').stdout,
                         'version: removed\n    services.json and drop-ins still speak of it, and '
                         'count for a service that is called so again\n')
        self.assertIn('services.json and drop-ins say more of it, from before; all of it: '
                      'aiotoolsctl cat version', daemon.ctl('install', path).stdout)
        self.assertNotIn('from before', daemon.ctl('install', path).stdout)
        self.assertEqual(daemon.ctl('is-enabled', 'version', code=3).stdout, 'disabled\n')
        self.assertNotIn('services.json', daemon.ctl('remove', '--purge', 'version').stdout)
        self.assertEqual((daemon.state / 'services.json').read_text().split(), ['{', '}'])
        shutil.rmtree(dropins)
        daemon.ctl('install', path)
        daemon.ctl('is-enabled', 'version')
        self.assertEqual(daemon.json('get-config', 'version')['version']['args'], {})

    def test_purge_forgets_what_is_not_there_any_more(self):
        daemon = self.daemon({'tidy': ini('tidy')})
        daemon.ctl('disable', 'tidy')
        (daemon.config / 'services.d/tidy.ini').unlink()
        daemon.ctl('unload', 'tidy')
        daemon.ctl('daemon-reload')
        daemon.ctl('remove', 'tidy', code=5)
        self.assertEqual(daemon.ctl('remove', 'tidy', '--purge').stdout, 'tidy: removed\n')
        self.assertEqual((daemon.state / 'services.json').read_text().split(), ['{', '}'])
        daemon.ctl('remove', 'tidy', '--purge', code=5)

    def test_what_a_kill_within_remove_has_left_can_be_removed(self):
        daemon = self.daemon()
        daemon.ctl('install', self.offer('version', version(1)))
        daemon.stop()
        (daemon.state / 'services.d/version.ini').unlink()
        daemon = self.daemon(base=daemon.base)
        daemon.ctl('remove', 'version')
        self.assertEqual(self.state(daemon), [])
        daemon.ctl('remove', 'version', code=5)

    def test_a_file_that_was_edited_is_kept_beside_the_new_one(self):
        daemon = self.daemon()
        path = self.offer('version', version(1), ini('version'))
        daemon.ctl('install', path)
        mine = ini('version', args={'word': 'mine'})
        daemon.ctl('edit', 'version', '--text', mine)
        self.assertIn(f'what its file said before is in {daemon.state}/services.d/version.ini.old',
                      daemon.ctl('install', path).stdout)
        self.assertEqual((daemon.state / 'services.d/version.ini.old').read_text(), mine)
        self.assertEqual((daemon.state / 'services.d/version.ini').read_text(), ini('version'))
        daemon.ctl('remove', 'version')
        self.assertEqual(self.state(daemon), [])

    def test_without_a_state_directory_it_is_there_until_the_next_boot(self):
        base = pathlib.Path(self.dir) / 'base'
        base.mkdir()
        (base / 'state').symlink_to(base / 'nowhere/state')
        daemon = self.daemon(base=base)
        done = daemon.ctl('install', self.offer('version', version(1), ini('version')))
        self.assertIn(f'installed as {daemon.run}/modules/version.so', done.stdout)
        self.assertIn(f'{base}/state cannot be written: it is installed until the next boot',
                      done.stdout)
        daemon.ctl('load', 'version')
        daemon.ctl('unload', 'version')
        daemon.ctl('remove', 'version')
        (daemon.run / 'modules').rmdir()

    def test_what_stands_above_it_and_does_not_fit_is_told(self):
        daemon = self.daemon({'version': ini('version', args={'wrod': 'x'}, Enabled='no')})
        done = daemon.ctl('install', self.offer('version', version(1), ini('version')))
        mine = f'{daemon.config}/services.d/version.ini'
        self.assertIn(f'{mine} counts, and not the file that came along', done.stdout)
        self.assertIn("as its files are, it does not load: "
                      f"{mine}:5: 'wrod' is no option of service 'version', did you mean 'word'?",
                      done.stdout)
        daemon.ctl('mask', 'version')
        self.assertIn('it is masked; to have it back: aiotoolsctl unmask version',
                      daemon.ctl('install', self.pack).stdout)


class Refuses(Install):
    def test_what_is_no_module(self):
        daemon = self.daemon()
        data = bytearray(module('tidy').read_bytes())
        own = struct.unpack_from(BYTE_ORDER + 'H', data, 18)[0]
        struct.pack_into(BYTE_ORDER + 'H', data, 18, 243 if own != 243 else 62)
        self.refused(daemon, self.offer('text', b'#!/bin/sh\necho hello, this is no module at all\n'),
                     f'{self.pack}/text.so', 'not an object file')
        self.refused(daemon, self.offer('empty', b''), 'not an object file')
        self.refused(daemon, self.offer('cut', module('tidy').read_bytes()[:3000]), 'is cut off')
        self.refused(daemon, self.offer('other', bytes(data)), 'RISC-V')
        self.refused(daemon, self.offer('nosymbol', module('nosymbol')),
                     'has no symbol aiot_service_nosymbol')
        self.refused(daemon, self.offer('undefined', module('undefined')),
                     'aiot_test_nobody_has_this')
        self.refused(daemon, self.offer('wrongabi', module('wrongabi')), 'ABI 2', 'ABI 1')
        self.refused(daemon, self.pack, 'modules, ')
        self.refused(daemon, self.pack / 'nix.so', 'No such file')
        self.refused(daemon, self.offer('a b', module('tidy')), 'is neither NAME.so nor')

    @unittest.skipIf(SANITIZED, 'a sanitizer ends it in its own way')
    def test_a_constructor_that_crashes(self):
        daemon = self.daemon()
        self.refused(daemon, self.offer('crashes', module('crashes')),
                     f'{self.pack}/crashes.so: crashes when it is opened', 'signal 11')
        daemon.ctl('info')

    def test_a_constructor_that_hangs(self):
        daemon = self.daemon()
        self.refused(daemon, self.offer('hangs', module('hangs')), 'was not opened within 5000 ms')

    def test_an_ini_that_is_wrong(self):
        daemon = self.daemon()
        path = self.offer('version', version(1), '[Service]\nModule = version\nColour = red\n')
        self.refused(daemon, path, f'{self.pack}/version.ini:3', code=6)
        self.offer('version', version(1), ini('other'))
        self.refused(daemon, path, 'has Module=other', code=6)

    def test_options_that_the_module_does_not_take(self):
        daemon = self.daemon()
        path = self.offer('version', version(1), ini('version', args={'last': 'soon', 'wrod': 'x'}))
        self.refused(daemon, path, f"{self.pack}/version.ini:4: last: 'soon' is not a time span",
                     f"{self.pack}/version.ini:5: 'wrod' is no option of service 'version', "
                     "did you mean 'word'?", code=6)
        daemon.ctl('install', self.offer('version', version(1),
                                         ini('version', args={'last': '1s', 'word': 'x'})))

    def test_a_disk_that_is_full(self):
        daemon = self.daemon(preexec_fn=lambda: self.limit_files(8192))
        self.refused(daemon, self.offer('version', version(1)), 'cannot be written: File too large')
        self.assertEqual(daemon.json('services')['services'], [])

    def limit_files(self, size):
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    @unittest.skipIf(ROOT, 'root may write anywhere')
    def test_a_state_directory_that_cannot_be_written(self):
        daemon = self.daemon()
        (daemon.state / 'modules').mkdir()
        (daemon.state / 'modules').chmod(0o500)
        self.refused(daemon, self.offer('version', version(1)), 'cannot be written')

    def test_a_client_that_leaves_does_not_matter(self):
        daemon = self.daemon()
        client = Process(self, [CTL, '--socket', daemon.socket, 'install',
                                self.offer('hangs', module('hangs'))])
        wait_for(lambda: list((daemon.state / 'modules').glob('.*')), 'it is looked into')
        client.kill(signal.SIGKILL)
        client.wait(None)
        daemon.ctl('install', self.offer('version', version(1)))
        self.assertEqual(self.state(daemon), ['modules/version.so', 'services.d/version.ini'])
        self.assertEqual(list(daemon.state.glob('*/.*')), [])

    def test_the_end_of_the_daemon_while_it_installs(self):
        daemon = self.daemon()
        client = Process(self, [CTL, '--socket', daemon.socket, 'install',
                                self.offer('hangs', module('hangs'))])
        wait_for(lambda: list((daemon.state / 'modules').glob('.*')), 'it is looked into')
        daemon.stop()
        client.wait(None)
        self.assertEqual(list(daemon.state.glob('*/.*')), [])


class Killed(Install):
    def test_a_kill_at_any_time_leaves_the_old_or_the_new(self):
        daemon = self.daemon()
        daemon.ctl('install', self.offer('version', version(1),
                                         ini('version', args={'word': 'old'})))
        sizes = {1: version(1).read_bytes(), 2: version(2).read_bytes()}
        self.offer('version', version(2), ini('version', args={'word': 'new'}))
        seen = set()
        for turn in range(24):
            client = Process(self, [CTL, '--socket', daemon.socket, 'install',
                                    self.pack / 'version.so'])
            self.wait_some(daemon, turn)
            daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
            client.wait(None)
            got = (daemon.state / 'modules/version.so').read_bytes()
            text = (daemon.state / 'services.d/version.ini').read_text()
            self.assertIn(got, sizes.values())
            self.assertIn('word = old' if 'old' in text else 'word = new', text)
            self.assertTrue(got == sizes[2] or 'old' in text, 'the INI file came first')
            seen.add((got == sizes[2], 'new' in text))
            daemon = self.daemon(base=daemon.base)
            daemon.ctl('load', 'version', code=None)
            daemon.wait_state('version.service', 'running')
            daemon.ctl('unload', 'version')
            daemon.ctl('install', self.offer('version', version(1),
                                             ini('version', args={'word': 'old'})))
            self.assertEqual(list(daemon.state.glob('*/.*')), [])
            self.offer('version', version(2), ini('version', args={'word': 'new'}))
        self.assertTrue(seen)

    def wait_some(self, daemon, turn):
        """Until some step of it can be seen, or is over: turn by turn another one."""
        modules, services = daemon.state / 'modules', daemon.state / 'services.d'
        steps = [lambda: list(modules.glob('.*')),
                 lambda: list(services.glob('.*')),
                 lambda: (modules / 'version.so').read_bytes() == version(2).read_bytes(),
                 lambda: 'new' in (services / 'version.ini').read_text()]
        step = steps[turn % 4]
        wait_for(lambda: step() or steps[3](), 'a step of the installation')


if __name__ == '__main__':
    main()
