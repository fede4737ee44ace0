#!/usr/bin/env python3
"""
What lib/mcu/ini2c.py makes of INI files, and what it refuses: as the daemon does, whose own client
is asked where there could be two opinions (AIOT_CTL).
"""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent / 'lib/mcu/ini2c.py'
sys.path.insert(0, str(TOOL.parent))
import ini2c  # noqa: E402

SERVICE = '[Service]\nModule = hello\n'


class Ini2c(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix='aiot-ini2c-')
        self.addCleanup(place.cleanup)
        self.dir = Path(place.name)

    def run_tool(self, *words, code=0, **files):
        for name, text in files.items():
            (self.dir / f'{name}.ini').write_bytes(text if isinstance(text, bytes) else text.encode())
        words = words or [f'{name}.ini' for name in files]
        done = subprocess.run([sys.executable, TOOL, *words], cwd=self.dir, text=True, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr if code else done.stdout

    def refused(self, text, *sentences):
        errors = self.run_tool(code=1, x=text)
        self.assertEqual(errors.splitlines(), [f'x.ini:{sentence}' for sentence in sentences])

    def test_a_file_becomes_a_row(self):
        out = self.run_tool(hello=SERVICE + 'Description = Says "hi" \\o/ ??!\nTimeoutStopSec = 1min 30s\n'
            'TimeoutSec=5s\nPriority = -7\n\n[Args]\nwhom = Ada ; a comment\n  Lovelace\nevery_ms = $$5\n')
        self.assertIn('.name = "hello.service",', out)
        self.assertIn('.service = &aiot_service_hello,', out)
        self.assertIn('.info = "Says \\042hi\\042 \\134o/ \\077\\077!",', out)
        self.assertIn('.stop_timeout_ms = 90000,', out)
        self.assertIn('.timeout_ms = 5000u,', out)
        self.assertIn('.priority = -7,', out)
        self.assertIn('{"whom", "Ada Lovelace", "hello.ini:9"},', out)
        self.assertIn('{"every_ms", "$5", "hello.ini:11"},', out)
        self.assertIn('aiot_board_task_count = 1;', out)
        self.assertNotIn('.disabled', out)
        self.assertNotIn('.plan', out)

    def test_a_schedule_becomes_a_plan(self):
        out = self.run_tool(x=SERVICE + '[Schedule]\nStart_In = 10s from daemon\nevery = 1.5min\nJitter=1ms\nOverlap=queue\n')
        for field in ('.has_start_in = true', '.start_in_ns = UINT64_C(10000000000)', '.from_daemon = true',
            '.every_ns = UINT64_C(90000000000)', '.jitter_ns = UINT64_C(1000000)', '.overlap = AIOT_OVERLAP_QUEUE',
            '.plan = &plan_0'):
            self.assertIn(field, out)

    def test_keys_compare_without_case_and_dashes(self):
        out = self.run_tool(x='[SERVICE]\nmodule: hello\nTIMEOUT-stop_SEC = 2s\nenabled = OFF\n')
        self.assertIn('.stop_timeout_ms = 2000,', out)
        self.assertIn('.disabled = true,', out)

    def test_rows_are_sorted_as_names_compare(self):
        out = self.run_tool(b=SERVICE, a_b=SERVICE, a=SERVICE, C=SERVICE)
        names = [line.strip() for line in out.splitlines() if line.strip().startswith('.name')]
        self.assertEqual(names, [f'.name = "{name}.service",' for name in ('C', 'a', 'a_b', 'b')])
        self.assertEqual(out.count('].entry,'), 4)

    def test_what_a_build_has_not_got_stops_it(self):
        out = self.run_tool(x=SERVICE + 'Priority = 3\nTimeoutSec = 2s\n[Schedule]\nEvery=1s\nJitter=1ms\n')
        for switch, keys in (('JITTER', 'Jitter and Overlap'), ('PRIORITY', 'Priority'), ('WAITS', 'TimeoutSec')):
            self.assertIn(f'#if !AIOT_{switch}\n#error "x.ini: {keys}: not in this build (AIOT_{switch})"\n', out)
        self.assertNotIn('#error', self.run_tool(x=SERVICE + 'Priority = 0\n[Schedule]\nEvery=1s\nOverlap=skip\n'))

    def test_no_file_is_an_empty_table(self):
        done = subprocess.run([sys.executable, TOOL], text=True, capture_output=True, check=True)
        self.assertIn('aiot_board_task_count = 0;', done.stdout)

    def test_a_word_behind_a_file_replaces_a_line(self):
        (self.dir / 'a.ini').write_text(SERVICE + 'Enabled = no\n[Args]\nwhom = x\n')
        (self.dir / 'b.ini').write_text(SERVICE + 'Enabled = no\n')
        out = self.run_tool('a.ini', '+Service.Enabled=yes', '+Args.whom=a = b', '+Args.every=2s', 'b.ini')
        self.assertEqual(out.count('.disabled = true'), 1)
        self.assertIn('{"whom", "a = b", "the build"},', out)
        self.assertIn('{"every", "2s", "the build"},', out)
        self.assertIn("+Args is not +Section.Key=Value", self.run_tool('a.ini', '+Args', code=1).replace("'", ''))
        self.assertIn('stands before any file', self.run_tool('+Args.a=b', 'a.ini', code=1))

    def test_what_is_wrong_is_said_with_file_and_line(self):
        self.refused(SERVICE + 'Modul = x\n', "3: unknown key 'Modul' in [Service], did you mean 'Module'?")
        self.refused(SERVICE + '[Servce]\n[Schedul]\nEvery=1s\n[Pool]\n',
            '3: unknown section [Servce], did you mean [Service]?',
            '4: unknown section [Schedul], did you mean [Schedule]?', '6: unknown section [Pool]')
        self.refused(SERVICE + 'Every = 1s\n', "3: unknown key 'Every' in [Service], it belongs in [Schedule]")
        self.refused(SERVICE + 'Module = hello\n', "3: key 'Module' in [Service] is already set in line 2")
        self.refused('a = b\n' + SERVICE, "1: key 'a' stands before any [Section]")
        self.refused(SERVICE + 'nonsense\n', "3: 'nonsense' is neither 'Key = value' nor '[Section]'")
        self.refused(SERVICE + 'Type = other\n', "3: Type: 'other' is neither runtime nor schedule")
        self.refused(SERVICE + 'Type = core\n',
                     '3: Type: a board starts all of its tasks at once; runtime or schedule there')
        self.refused(SERVICE + 'Requires = other\n', '3: Requires: needs files, a wall clock or more memory than a board has')
        self.refused(SERVICE + 'Enabled = perhaps\n', "3: Enabled: 'perhaps' is neither yes nor no")
        self.refused(SERVICE + 'Priority = 101\n', "3: Priority: '101' is not a whole number from -100 to 100")
        self.refused(SERVICE + 'TimeoutStopSec = 0\n', "3: TimeoutStopSec: '0' is not a time span from 1ms to 1h")
        self.refused(SERVICE + 'TimeoutSec = soon\n',
            "3: TimeoutSec: 'soon' is not a time span such as 10s or 1min 30s")
        self.refused(SERVICE + 'Type = schedule\n',
            '3: Type=schedule needs a [Schedule] with StartIn or Every')
        self.refused(SERVICE + 'Type = runtime\n[Schedule]\nEvery = 1s\n',
            '3: Type=runtime has no [Schedule]; use Type=schedule')
        self.refused(SERVICE + '[Args]\nx = ${HOME}\n', '4: a board has no environment variables')
        self.refused(SERVICE + '[Args]\nx = ' + 'y' * 190 + '\n',
            '4: line of 194 bytes, over 190; an indented line goes on with the one before')

    def test_what_a_board_cannot_do_is_said(self):
        why = 'needs files, a wall clock or more memory than a board has'
        self.refused(SERVICE + '[Schedule]\nCron = * * * * *\nWhen = always\nAt = 2026-11-21 00:35\nEvery=1s\n',
            f'4: Cron: {why}', f'5: When: {why}', f'6: At: {why}')
        self.refused(SERVICE + '[Schedule]\nEvery = 1s\nOverlap = allow\n',
            '5: Overlap: `allow` needs memory for another task; skip or queue on a board')

    def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(self):
        errors = self.run_tool(code=1, a='[Service]\n', b=SERVICE + 'x = 1\n')
        self.assertIn('a.ini: [Service] needs Module=', errors)
        self.assertIn("b.ini:3: unknown key 'x'", errors)

    def test_bytes_that_are_no_text_are_refused(self):
        self.refused(SERVICE.encode() + b'x = \xff\n', '3: not UTF-8 in column 5')
        self.refused(SERVICE.encode() + b'x = \x01\n', '3: control character 0x01 in column 5')

    def test_a_name_is_taken_once(self):
        for name in ('A', 'a'):
            (self.dir / name).mkdir()
            (self.dir / name / 'x.ini').write_text(SERVICE)
        self.assertIn("another 'x.ini': A/x.ini", self.run_tool('A/x.ini', 'a/x.ini', code=1))

    def test_a_file_that_is_not_there_is_named(self):
        self.assertIn('none.ini: No such file', self.run_tool('none.ini', code=1))

    def test_the_bundled_services_are_understood(self):
        services = TOOL.parent.parent.parent / 'services.d'
        # Core services are for a daemon that boots.
        files = [file for file in sorted(services.glob('*.ini')) if 'Type = core' not in file.read_text()]
        out = self.run_tool(*files)
        self.assertIn('.name = "world.service",', out)

    @unittest.skipUnless(os.environ.get('AIOT_CTL'), 'no aiotoolsctl was built')
    def test_time_spans_are_those_of_aiotoolsctl(self):
        spans = ['10', '1.5', '.5', '5.', '.', '1min 30s', '1h,30m', '01:30:00', '100:00:00.5', '1d 01:00:00',
            '500ms', '1.5s', '5 x', '1h 30', '1 s,', '1h30m', '1M', '-1s', '1:2:3', '1 s , 2 s', '36525d',
            '36526d', ',1s', '1s,,2s', '0', '0.0000000001s', '1us', '3ns', '2 weeks', '1 hours', '1e3s',
            '01:60:00', '1.5:00:00', '99999999999999999999s', '1  min\t2\ts']
        for text in spans:
            done = subprocess.run([os.environ['AIOT_CTL'], 'timespan', '--json', '--', text], text=True,
                capture_output=True)
            try:
                ours = ini2c.span(text)
            except ini2c.Wrong:
                ours = None
            self.assertEqual(done.returncode == 0, ours is not None, f'{text!r}: {done.stdout}{done.stderr}')
            if ours is not None:
                self.assertIn(f'{ours // 1000}', done.stdout, text)


if __name__ == '__main__':
    program = unittest.main(exit=False)
    done = program.result
    sys.exit(0 if done.wasSuccessful() else 1)
