#!/usr/bin/env python3
"""
lib/mcu/native/values.c: options' values as constants, and what stops the build.  AIOT_VALUES and
AIOT_VALUES_WRONG are that program with tests/values/every.c and the INI files beside it.
"""
import os
import re
import subprocess
import unittest

PLAIN = [r'{.text = "a \042b\042 \134\077"}', '0', str(2**64 - 7), str(2**32 - 1), str(2**64 - 1),
         str(2**64 - 1), '90000', '25500']
GIVEN = [r'{.text = "\303\244"}', '1', str(2**31 - 1), str(2**32 - 1), str(2**64 - 1), str(2**64 - 1),
         '3600000', str(2**64 - 1)]


def run(name):
    return subprocess.run([os.environ[name]], text=True, capture_output=True, timeout=60)


class Values(unittest.TestCase):
    def test_defaults_and_what_is_given_become_constants(self):
        done = run('AIOT_VALUES')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        tables = re.findall(r'/\* (\S+) \*/\nconst union aiot_value aiot_board_values_(\d)\[\] = \{\n(.*?)\};',
                            done.stdout, re.S)
        self.assertEqual([table[:2] for table in tables], [('given.service', '0'), ('plain.service', '1')])
        for (_, _, rows), wanted in zip(tables, (GIVEN, PLAIN)):
            rows = [line.strip().split(', /*')[0] for line in rows.splitlines()]
            self.assertEqual(rows[-1], '{0},')
            self.assertEqual(rows[:-1], [w if w[0] == '{' else '{.number = UINT64_C(%s)}' % w for w in wanted])

    def test_what_is_wrong_stops_the_build_with_file_and_line(self):
        done = run('AIOT_VALUES_WRONG')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 3, done.stderr)
        self.assertIn("wrong.ini:7: 'yess' is no option of service 'every'\n", done.stderr)
        self.assertIn("wrong.ini:5: i32: '2147483648' is not a whole number", done.stderr)
        self.assertIn("wrong.ini:6: ms: '500us' is not a time span", done.stderr)


if __name__ == '__main__':
    unittest.main()
