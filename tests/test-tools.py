#!/usr/bin/env python3
"""The tools that build for other machines, without the network: test-tools.py SOURCE-ROOT"""
import contextlib
import errno
import gzip
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()


def load(name, suffix='.py'):
    """tools/NAME.py as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / f'tools/{name}{suffix}'))
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(data):
    """{name: (mode, device, content)} of a newc archive, in its order."""
    found, at = {}, 0
    while True:
        if data[at:at + 6] != b'070701':
            raise ValueError(f'no header at {at}')
        numbers = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, device, name_size = numbers[1], numbers[6], tuple(numbers[9:11]), numbers[11]
        name = data[at + 110:at + 110 + name_size - 1].decode()
        at += (110 + name_size + 3) // 4 * 4
        if name == 'TRAILER!!!':
            return found
        found[name] = (mode, device, data[at:at + size])
        at += (size + 3) // 4 * 4


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='aiot-tools-')
        self.addCleanup(shutil.rmtree, self.dir)

    def tool(self, name, *words, code=0):
        done = subprocess.run([ROOT / 'tools' / name, *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8',
                              env={**os.environ, 'AIOTOOLS_CACHE': self.dir})
        self.assertEqual(done.returncode, code, f'{name} {words}\n{done.stdout}\n{done.stderr}')
        return done


class Cpio(Case):
    def archive(self):
        archive = load('cpio').Archive()
        archive.file('etc/deep/text', b'text\n')
        archive.file('bin/program', b'\x7fELF and more', 0o755)
        archive.link('bin/other', 'program')
        archive.device('dev/console', 5, 1)
        archive.folder('tmp', 0o777)
        return archive

    def written(self):
        path = pathlib.Path(self.dir, 'root.gz')
        self.archive().write(path)
        return path.read_bytes()

    def test_all_kinds_of_entries_are_read_again(self):
        found = entries(gzip.decompress(self.written()))
        self.assertEqual(found['etc/deep/text'], (stat.S_IFREG | 0o644, (0, 0), b'text\n'))
        self.assertEqual(found['bin/program'][0], stat.S_IFREG | 0o755)
        self.assertEqual(found['bin/other'], (stat.S_IFLNK | 0o777, (0, 0), b'program'))
        self.assertEqual(found['dev/console'], (stat.S_IFCHR | 0o600, (5, 1), b''))
        self.assertEqual(found['tmp'][0], stat.S_IFDIR | 0o777)

    def test_folders_come_before_what_is_in_them(self):
        names = list(entries(gzip.decompress(self.written())))
        for name in names:
            for parent in list(pathlib.PurePath(name).parents)[:-1]:
                self.assertLess(names.index(str(parent)), names.index(name))

    def test_the_same_tree_makes_the_same_bytes(self):
        self.assertEqual(self.written(), self.written())

    def test_a_name_is_taken_once(self):
        archive = self.archive()
        with self.assertRaisesRegex(ValueError, 'bin/program is there already'):
            archive.link('bin/program', 'other')

    def test_cpio_reads_it(self):
        if not shutil.which('cpio'):
            self.skipTest('there is no cpio')
        listed = subprocess.run(['cpio', '-t', '--quiet'], input=gzip.decompress(self.written()),
                                stdout=subprocess.PIPE, check=True).stdout.decode().split()
        self.assertIn('etc/deep/text', listed)


class Foreign(Case):
    def test_wrong_words_are_a_usage_error(self):
        for words in ((), ('arm64',), ('pdp11', 'true')):
            done = self.tool('foreign', *words, code=2)
            self.assertIn('usage: tools/foreign arm64|', done.stderr)

    def test_the_machine_keeps_its_settings_and_the_command_its_status(self):
        before = os.listdir('/proc/sys/fs/binfmt_misc')
        done = subprocess.run([ROOT / 'tools/foreign', 's390x', 'sh', '-c', 'id -u; exit 7'],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
        if done.returncode == 125:
            self.assertIn('foreign: cannot run programs for s390x here: ', done.stderr)
        else:
            self.assertEqual((done.returncode, done.stdout), (7, '0\n'), done.stderr)
        self.assertEqual(os.listdir('/proc/sys/fs/binfmt_misc'), before)

    def told_by(self, release, number):
        """What is said by a kernel of that release whose mount() fails."""
        foreign, stderr = load('foreign', ''), io.StringIO()
        for where, name, value in (
                (foreign, 'BINFMT', pathlib.Path('/nowhere')),
                (foreign, 'libc', mock.Mock(mount=lambda *_: -1)),
                (foreign, 'enter_namespaces', lambda: None),
                (pathlib.Path, 'exists', lambda path: 'binfmt.d' in str(path)),
                (os, 'uname', lambda: mock.Mock(release=release)),
                (foreign.ctypes, 'get_errno', lambda: number),
                (sys, 'argv', ['foreign', 'arm64', 'true'])):
            mock.patch.object(where, name, value).start()
        self.addCleanup(mock.patch.stopall)
        with contextlib.redirect_stderr(stderr):
            self.assertEqual(foreign.main(), 125)
        mock.patch.stopall()
        return stderr.getvalue()

    def test_a_kernel_before_6_7_is_told_in_one_sentence_with_what_to_do(self):
        told = self.told_by('6.1.0-50-amd64', errno.EPERM)
        self.assertEqual(told.count('\n'), 1)
        self.assertIn('Linux 6.1.0-50-amd64 gives no command a /nowhere of its own, as 6.7 does: '
                      'Operation not permitted; once, as root of the machine and outside any '
                      "container, 'apt-get install qemu-user-static' and", told)
        self.assertNotIn('6.7', self.told_by('6.18.4', errno.EPERM))

    def test_the_libraries_of_the_sysroot_are_found(self):
        cache = pathlib.Path(self.dir)
        (cache / 'sysroot-arm64').mkdir()
        (cache / 'sysroot-arm64/meson.ini').touch()
        env = {**os.environ, 'AIOTOOLS_CACHE': str(cache)}
        for given, expected in ((None, str(cache / 'sysroot-arm64')), ('/elsewhere', '/elsewhere')):
            env.pop('QEMU_LD_PREFIX', None)
            words = [ROOT / 'tools/foreign', 'arm64', 'sh', '-c', 'echo $QEMU_LD_PREFIX']
            done = subprocess.run(words,
                                  env={**env, **({'QEMU_LD_PREFIX': given} if given else {})},
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')
            if done.returncode == 125:
                self.skipTest(done.stderr)
            self.assertEqual(done.stdout, f'{expected}\n')


class Sysroot(Case):
    def test_wrong_words_are_a_usage_error(self):
        for words in ((), ('pdp11',), ('arm64', 'armhf')):
            done = self.tool('sysroot', *words, code=2)
            self.assertIn('usage: tools/sysroot arm64|', done.stderr)
        self.assertEqual(os.listdir(self.dir), [])

    def test_what_is_there_is_not_made_again(self):
        there = pathlib.Path(self.dir, 'sysroot-armhf')
        there.mkdir()
        (there / 'meson.ini').write_text('[constants]\n')
        self.assertEqual(self.tool('sysroot', 'armhf').stdout, f'{there}/meson.ini\n')
        self.assertEqual(os.listdir(there), ['meson.ini'])

    def test_without_apt_it_says_what_it_needs(self):
        tools = pathlib.Path(self.dir, 'bin')
        tools.mkdir()
        for name in ('sh', 'dirname', 'mkdir', 'rm'):
            (tools / name).symlink_to(shutil.which(name))
        done = subprocess.run([ROOT / 'tools/sysroot', 's390x'], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding='utf-8',
                              env={'PATH': str(tools), 'AIOTOOLS_CACHE': f'{self.dir}/cache'})
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('this needs apt-get and dpkg', done.stderr)
        self.assertEqual(os.listdir(f'{self.dir}/cache'), [])


class Test(Case):
    def test_only_what_is_known_is_built_for(self):
        for words in (['--cross'], ['--cross', 'pdp11'], ['--cross', 'arm64', '--sanitize']):
            self.assertIn('usage: tools/test', self.tool('test', *words, code=2).stderr)
        self.tool('setup', '--cross', 'pdp11', code=2)
        self.tool('setup', '--cross', code=2)


if __name__ == '__main__':
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - failed - len(result.skipped)} passed, {failed} failed')
    sys.exit(1 if failed else 0)
