"""A service author's way: new-service, built out of the tree against what was installed, tested, loaded."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

from aiot import BUILD, CTL, SOURCE, Case, main


def option(name):
    """A build option of the tree that is tested."""
    options = json.loads((BUILD / 'meson-info/intro-buildoptions.json').read_text())
    return next(o['value'] for o in options if o['name'] == name)


def library_folders():
    """Where the libraries are that the tree was built with, if that is no place of the system's."""
    dependencies = json.loads((BUILD / 'meson-info/intro-dependencies.json').read_text())
    return sorted({os.path.dirname(arg) for d in dependencies for arg in d['link_args'] if arg.startswith('/')})


CC = os.environ.get('AIOT_CC', 'cc')  # what the tree was built with; '': for another machine


class Author(Case):
    def command(self, *words, code=0, **run):
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8',
                              env=self.env(**run.pop('env', {})), timeout=500, **run)
        if code is not None:
            self.assertEqual(done.returncode, code, f'{words}\n{done.stdout}')
        return done.stdout

    def local(self, *words, code=0, **run):
        return subprocess.run([str(CTL), *map(str, words)], cwd=self.dir, encoding='utf-8',
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env(), timeout=60, **run)

    def installed(self):
        """Where pkg-config finds what was installed, below this test's directory."""
        root = pathlib.Path(self.dir) / 'root'
        self.command('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root)
        prefix = option('prefix')
        folder = root / prefix.lstrip('/') / option('libdir') / 'pkgconfig'
        for pc in folder.glob('*.pc'):
            pc.write_text(pc.read_text().replace(prefix, f'{root}{prefix}'))
        return folder

    @unittest.skipUnless(CC, 'what was installed is for another machine')
    def test_a_new_service_builds_out_of_the_tree_is_tested_and_runs(self):
        pc = self.installed()
        done = self.local('new-service', 'pump')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('cd pump && meson setup build && ninja -C build test\n', done.stdout)
        self.assertIn('aiotoolsctl install build/pump.so && aiotoolsctl load pump\n', done.stdout)
        folders = [str(pc.parent), *library_folders()]
        env = {'PKG_CONFIG_PATH': ':'.join(f'{f}/pkgconfig' for f in folders), 'LD_LIBRARY_PATH': ':'.join(folders),
               'CC': CC, 'CFLAGS': ' '.join(option('c_args')), 'LDFLAGS': ' '.join(option('c_link_args'))}
        folder = pathlib.Path(self.dir) / 'pump'
        self.command('meson', 'setup', 'build', f'-Db_sanitize={option("b_sanitize")}',
                     '-Db_lundef=false', '-Dwerror=true', cwd=folder, env=env)
        self.command('ninja', '-C', 'build', 'test', cwd=folder, env=env)
        self.assertIn('[  PASSED  ] 3 test(s).', (folder / 'build/meson-logs/testlog.txt').read_text())

        d = self.daemon()
        d.ctl('install', folder / 'build/pump.so')
        d.ctl('load', 'pump')
        d.wait_text('hello, for the 1. time')
        d.ctl('set', 'pump', 'text=bye', 'every=10ms')
        d.wait_text('bye')
        self.assertEqual(d.ctl('call', 'pump', 'again', '5').stdout, '5\n')
        self.assertIn("    said 'bye' ", d.ctl('report', 'pump').stdout)
        self.assertIn('run() pump.c:', d.ctl('status', '--debug', 'pump').stdout)
        self.assertIn('"text":"said', d.ctl('--json', 'report').stdout)

    def test_what_the_readme_of_services_shows_is_what_there_is(self):
        """The lines that are explained are those of hello.c, and of an example."""
        text = (SOURCE / 'services.d/README.md').read_text()
        source = ''.join((SOURCE / path).read_text() for path in ('services.d/hello.c', 'examples/client.c'))
        for block in text.split('```c\n')[1:]:
            code = block.split('```')[0].strip('\n')
            if 'aiot_test' not in code:
                self.assertIn(code, source)

    def test_nothing_is_overwritten_and_nothing_half_is_left(self):
        folder = pathlib.Path(self.dir) / 'fan'
        folder.mkdir()
        (folder / 'test-fan.c').write_text('mine')
        done = self.local('new-service', 'fan')
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'fan/test-fan.c: it is there already, and is not overwritten\n'))
        self.assertEqual(os.listdir(folder), ['test-fan.c'])
        self.assertEqual((folder / 'test-fan.c').read_text(), 'mine')
        self.assertEqual(self.local('new-service', 'fan', '--dir', 'no/such').returncode, 1)
        self.assertEqual(json.loads(self.local('--json', 'new-service', 'fan', '--dir', 'two').stdout),
                         {'name': 'fan', 'files': ['two/fan.c', 'two/fan.ini', 'two/meson.build',
                                                   'two/test-fan.c']})

    def test_a_full_disk_leaves_nothing(self):
        def small():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        sizes = [len(path.read_text().replace('@NAME@', 'fan'))
                 for path in (SOURCE / 'ctl/template').glob('*.in')]
        most = max(sizes) - 1
        done = self.local('new-service', 'fan', preexec_fn=small)
        self.assertEqual(done.returncode, 1)
        self.assertIn('fan/', done.stderr)
        self.assertFalse((pathlib.Path(self.dir) / 'fan').exists())

    def test_what_no_c_name_can_be_is_refused(self):
        for name in ('a-b', '1a', 'a.b', '', 'a/b', 'x' * 65):
            done = self.local('new-service', name)
            self.assertEqual(done.returncode, 2, name)
            self.assertNotEqual(done.stderr, '')
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == '__main__':
    main()
