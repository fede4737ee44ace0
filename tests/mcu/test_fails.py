#!/usr/bin/env python3
"""That a test which fails on a board is seen to fail: fails.c in the emulator of AIOT_PORT."""
import os
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f'{ROOT}/tools')
import mcu  # noqa: E402


def run(variable):
    done = subprocess.run(
        [*mcu.PORTS[os.environ['AIOT_PORT']][0], '-display', 'none', '-monitor', 'none', '-serial', 'stdio',
         '-kernel', os.environ[variable]],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


class Fails(unittest.TestCase):
    """Failures of every kind."""

    def test_each_says_where_and_what_and_the_others_run(self):
        status, said = run('AIOT_FAILS')
        self.assertEqual(status, 1)
        for words in ('-1 == 7: -1 (0xffffffffffffffff) and 7 (0x7)\nnumbers: FAILED',
                      '"one" == "two": "one" and "two"\ntexts: FAILED',
                      '"abc" == "abd": byte 2 is 0x63 and 0x64\nmemory: FAILED',
                      '9: 9 is not within 1 to 8\nrange: FAILED', 'state == NULL\npointer: FAILED'):
            self.assertIn(words, said)
        self.assertRegex(said, r'(?m)^tests/mcu/fails\.c:\d+: -1 == 7')
        self.assertTrue(said.endswith('\n2 passed, 5 failed\n'), said)

    def test_an_assertion_of_the_core_ends_the_program_with_the_tests_name(self):
        status, said = run('AIOT_PANICS')
        self.assertEqual(status, 3)
        self.assertRegex(said, r"panics: panic: 'torn_down == 77' does not hold at tests/mcu/fails\.c:\d+\n$")

    def test_memory_that_is_never_freed_is_a_failure(self):
        status, said = run('AIOT_LEAKS')
        self.assertEqual(status, 1)
        self.assertTrue(said.endswith('1 blocks of memory were never freed\n0 passed, 1 failed\n'), said)


if __name__ == '__main__':
    unittest.main(verbosity=2)
