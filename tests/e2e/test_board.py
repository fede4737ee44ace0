"""tools/demo --board: what was built for arm64 boots on an emulated board and is controlled over its
serial line.  Left out where the build is for another machine, or where what it takes was not
fetched: tests fetch nothing.
"""
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

from aiot import BUILD, DAEMON, SOURCE, Case, Process, main, wait_for

CACHE = pathlib.Path(os.environ.get('AIOTOOLS_CACHE') or os.path.join(
    os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'aiotools'))
DEMO = [SOURCE / 'tools/demo', '--board', '--build-dir', BUILD]
EM_AARCH64 = 183


def left_out():
    """Why there is no board here; '' if there is."""
    if int.from_bytes(DAEMON.read_bytes()[18:20], 'little') != EM_AARCH64:
        return 'not built for arm64'
    if not shutil.which('qemu-system-aarch64'):
        return 'there is no qemu-system-aarch64 (tools/setup --board installs it)'
    for name in ('arm64', 'board'):
        if not (CACHE / f'sysroot-{name}/meson.ini').exists():
            return f'nothing in {CACHE} (tools/sysroot {name} fetches it)'
    return ''


@unittest.skipIf(left_out(), left_out())
class Board(Case):
    def env(self, **more):
        return super().env(TMPDIR=f'{self.dir}/tmp', AIOTOOLS_CACHE=str(CACHE),
                           HOME=os.environ.get('HOME', '/'), **more)

    def setUp(self):
        super().setUp()
        os.mkdir(f'{self.dir}/tmp')

    def test_once_boots_shows_a_session_and_powers_off(self):
        demo = Process(self, [*DEMO, '--once'])
        demo.wait(0, seconds=300)
        text = demo.stdout()
        for part in ('aiotoolsd answers', 'uname -m\naarch64\n', 'hello.service: status: running',
                     'hello.service: stopped\n', '[hello.service] hello, world', 'board: off'):
            self.assertIn(part, text)
        self.assertEqual(os.listdir(f'{self.dir}/tmp'), [])

    def test_a_person_has_the_serial_line(self):
        keys, terminal = pty.openpty()
        self.addCleanup(os.close, keys)
        with tempfile.TemporaryFile(dir=self.dir) as out:
            def told():
                return os.pread(out.fileno(), 1 << 20, 0).decode('utf-8', 'replace')

            demo = subprocess.Popen([str(word) for word in DEMO], stdin=terminal, stdout=out,
                                    stderr=out, env=self.env())
            os.close(terminal)
            self.addCleanup(demo.wait)
            self.addCleanup(demo.terminate)
            wait_for(lambda: 'the serial line is yours' in told() or demo.poll() is not None,
                     'the line is handed over', seconds=300)
            os.write(keys, b'aiotoolsctl is-active hello.service\r')
            wait_for(lambda: 'hello.service\nrunning' in told() or demo.poll() is not None,
                     'an answer')
            os.write(keys, b'\x1d')
            self.assertEqual(demo.wait(120), 0, told())
        self.assertEqual(os.listdir(f'{self.dir}/tmp'), [])


if __name__ == '__main__':
    main()
