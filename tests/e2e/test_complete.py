"""Completion: what aiotoolsctl offers where a person is typing, and the shell that asks it."""
import os
import pty
import select
import shutil
import signal
import subprocess
import time
import unittest

from aiot import CTL, SECONDS, SOURCE, Case, ini, main

BASH = shutil.which('bash')
ZSH = shutil.which('zsh')
FISH = shutil.which('fish')
FILE = 3  # the exit code that stands for the name of a file


class Complete(Case):
    def setUp(self):
        super().setUp()
        self.d = self.daemon({'blink': ini('blink', args={'pin': 'none'}), 'hello': ini('hello'),
                              'crew': ini('crew', Enabled='no')})
        self.d.wait_state('blink', 'running')
        self.d.wait_state('hello', 'running')

    def offered(self, *words, code=0, socket=None):
        done = subprocess.run([str(CTL), 'complete', *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8',
                              env=self.env(AIOTOOLS_SOCKET=str(socket or self.d.socket)),
                              timeout=SECONDS)
        self.assertEqual((done.returncode, done.stderr), (code, ''))
        return [line.split('\t')[0] for line in done.stdout.splitlines()]

    def test_verbs_and_options(self):
        self.assertIn('status', self.offered(''))
        self.assertEqual(self.offered('sto'), ['stop'])
        self.assertEqual(self.offered('--json', 'is-a'), ['is-active'])
        self.assertEqual(self.offered('help', 'dae'), ['daemon-reload', 'daemon-restart'])
        self.assertEqual(self.offered('stop', '--k'), ['--keep-schedule'])
        self.assertEqual(self.offered('--so'), ['--socket'])
        self.assertNotIn('complete', self.offered(''))
        self.assertEqual(self.offered('nonsense', ''), [])
        self.assertEqual(self.offered(), self.offered(''))

    def test_fixed_values(self):
        self.assertEqual(self.offered('log', '-p', 'w'), ['warn'])
        self.assertEqual(self.offered('log', '--output', ''), ['short', 'iso', 'mono', 'json', 'cat'])
        self.assertEqual(self.offered('log', '--output=i'), ['--output=iso'])
        self.assertEqual(self.offered('--color=al'), ['--color=always'])
        self.assertEqual(self.offered('debug', ''), ['on', 'off'])
        self.assertEqual(self.offered('analyze', ''), ['blame', 'critical-chain', 'plot'])
        self.assertEqual(self.offered('analyze', 'critical-chain', 'b'), ['blink'])

    def test_files(self):
        for words in (['--socket', ''], ['when', '--history', 'x'], ['new-service', 'x', '--dir', ''],
                      ['--socket=/r']):
            self.assertEqual(self.offered(*words, code=FILE), [])

    def test_names_are_the_daemons(self):
        self.assertEqual(self.offered('status', ''), ['blink.service', 'hello.service'])
        self.assertEqual(self.offered('stop', '--keep-schedule', 'h'), ['hello.service'])
        self.assertEqual(self.offered('log', '-n', '5', 'b'), ['blink.service'])
        self.assertEqual(self.offered('cat', ''), ['blink', 'crew', 'hello'])
        self.assertEqual(self.offered('describe', 'cr'), ['crew'])
        self.assertEqual(self.offered('add', 'bl'), ['blink'])
        self.assertEqual(self.offered('status', 'x*'), [])

    def test_services_are_those_that_the_verb_can_change(self):
        self.assertEqual(self.offered('load', ''), ['crew'])
        self.assertEqual(self.offered('unload', 'blink', ''), ['hello'])
        self.assertEqual(self.offered('enable', ''), ['crew'])
        self.assertEqual(self.offered('disable', ''), ['blink', 'hello'])
        self.assertEqual(self.offered('start', ''), [])
        self.d.ctl('mask', 'crew')
        self.assertEqual(self.offered('unmask', ''), ['crew'])
        self.assertEqual(self.offered('load', ''), [])
        self.assertEqual(self.offered('add', 'hello/'), ['hello/main'])

    def test_keys_are_those_of_the_task_or_service(self):
        self.assertEqual(self.offered('set', 'hello', ''), ['whom=', 'every='])
        self.assertEqual(self.offered('set', 'hello', 'whom=x', 'e'), ['every='])
        self.assertEqual(self.offered('add', 'hello', 'wh'), ['whom='])
        self.assertEqual(self.offered('add', 'crew/reader', ''), ['number=', 'every='])
        self.assertIn('every=', self.offered('trigger', 'hello', ''))

    def test_verbs_of_services_and_their_options(self):
        self.assertEqual(self.offered('call', ''), ['blink.service', 'hello.service'])
        self.assertEqual(self.offered('call', 'blink', ''), ['flash'])
        self.assertEqual(self.offered('call', 'hello', ''), [])
        offered = self.offered('call', 'blink', 'flash', '')
        described = self.d.json('describe', 'blink')['service']['verbs'][0]['options']
        self.assertEqual(offered, [option['key'] + '=' for option in described])

    def test_without_a_daemon_there_are_no_names_and_no_words(self):
        self.assertEqual(self.offered('status', '', socket='/nowhere'), [])
        self.assertEqual(self.offered('call', 'x', '', socket='/nowhere'), [])
        self.assertEqual(self.offered('set', 'x', '', socket='/nowhere'), [])
        self.assertEqual(self.offered('sto', socket='/nowhere'), ['stop'])

    def test_a_daemon_that_does_not_answer_is_given_up(self):
        self.d.kill(signal.SIGSTOP)
        try:
            self.assertEqual(self.offered('status', ''), [])
        finally:
            self.d.kill(signal.SIGCONT)


class Shell(Case):
    """A real one."""

    def setUp(self):
        super().setUp()
        self.d = self.daemon({'hello': ini('hello'), 'many@': ini('hello')})
        self.d.wait_state('hello', 'running')
        self.variables = self.env(PS1='READY>', TERM='dumb', AIOTOOLS_SOCKET=str(self.d.socket),
                                  PATH=f'{CTL.parent}:/usr/bin:/bin', HOME=self.dir,
                                  INPUTRC='/dev/null', HISTFILE='/dev/null')

    def at_a_terminal(self, words, prepare):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(words[0], words, self.variables)
        self.addCleanup(self.end)
        self.seen = ''
        self.type(prepare + '; printf "loa%s\\n" ded\n')
        self.wait('loaded')

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, text):
        """Until it was shown, behind what was waited for before."""
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            self.assertGreater(end, time.monotonic(), f'no {text!r} in {self.seen!r}')
            if select.select([self.fd], [], [], 1)[0]:
                self.seen += os.read(self.fd, 4096).decode('utf-8', 'replace')
        self.seen = self.seen[self.seen.index(text) + len(text):]


@unittest.skipUnless(BASH, 'there is no bash')
class Bash(Shell):
    def test_what_is_offered_is_typed_in(self):
        self.at_a_terminal([BASH, '--norc', '--noprofile', '-i'],
                           f'bind "set bell-style none"; . {SOURCE}/completions/aiotoolsctl.bash')
        self.type('aiotoolsctl sta')
        self.wait('aiotoolsctl sta')
        self.type('\t\t')
        self.wait('stats')
        self.type('\x15aiotoolsctl stop hel\t')
        self.wait('aiotoolsctl stop hello.service ')
        self.type('\x15aiotoolsctl set hello who\t')
        self.wait('aiotoolsctl set hello whom=')
        self.type('x ev\t')
        self.wait('x every=')
        self.type('\x15aiotoolsctl log --output=is\t')
        self.wait('aiotoolsctl log --output=iso ')
        self.type('\x15aiotoolsctl load man\t5')
        self.wait('aiotoolsctl load many@5')
        self.type('\x15aiotoolsctl --socket /et\t')
        self.wait('/etc/')


@unittest.skipUnless(ZSH, 'there is no zsh')
class Zsh(Shell):
    def test_what_is_offered_is_typed_in(self):
        self.at_a_terminal([ZSH, '-f', '-i'],
                           'unsetopt beep zle_bracketed_paste 2>/dev/null; '
                           f'fpath=({SOURCE}/completions $fpath); '
                           'autoload -Uz compinit; compinit -u -D')
        self.type('aiotoolsctl sto\t')
        self.wait('aiotoolsctl stop ')
        self.type('hel\t')
        self.wait('hello.service ')
        self.type('\x15aiotoolsctl set hello who\tx')
        self.wait('whom=x')
        self.type('\x15aiotoolsctl load man\t5')
        self.wait('many@5')
        self.type('\x15aiotoolsctl analyze cri\t')
        self.wait('critical-chain ')
        self.type('\x15aiotoolsctl --socket /et\t')
        self.wait('/etc/')


@unittest.skipUnless(FISH, 'there is no fish')
class Fish(Shell):
    def offered(self, line):
        done = subprocess.run([FISH, '--no-config', '-c',
                               f'source {SOURCE}/completions/aiotoolsctl.fish; complete -C "{line}"'],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding='utf-8', env=self.variables,
                              timeout=SECONDS)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout.splitlines()

    def test_what_it_offers(self):
        self.assertEqual(self.offered('aiotoolsctl analyze '), ['blame', 'critical-chain', 'plot'])
        self.assertEqual(self.offered('aiotoolsctl stop hel'), ['hello.service\trunning'])
        self.assertEqual(self.offered('aiotoolsctl set hello who'), ['whom=\tworld'])
        self.assertIn('/etc/', self.offered('aiotoolsctl --socket /et'))


if __name__ == '__main__':
    main()
