#!/usr/bin/env python3
"""when.py CLIENT - the verbs that need no daemon: what they print, and what they refuse."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

CLIENT = sys.argv.pop(1)
NOW = ["--now", "2026-11-21 12:00"]


def run(*words, zone="UTC"):
    env = dict(os.environ, TZ=zone, AIOTOOLS_SOCKET="/nonexistent/socket")
    return subprocess.run([CLIENT, *words], capture_output=True, text=True, env=env, check=False)


class When(unittest.TestCase):
    def refused(self, code, says, *words):
        done = run(*words)
        self.assertEqual((done.returncode, done.stdout), (code, ""))
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def with_history(self, text, *words):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
            file.write(text)
            file.flush()
            return run("when", *words, *NOW, "--history", file.name), file.name

    def test_text_names_each_line(self):
        done = run("when", "Daily  after 10:00", "--next", "2", *NOW)
        self.assertEqual(
            done.stdout,
            "Canonical: daily after 10:00\n"
            "      Now: 2026-11-21 12:00:00\n"
            "     True: yes\n"
            "     Next: 2026-11-21 12:00:00 to 2026-11-22 00:00:00\n"
            "           2026-11-22 10:00:00 to 2026-11-23 00:00:00\n",
        )

    def test_text_says_never_and_for_ever(self):
        self.assertIn("True: no\n     Next: never\n", run("when", "false", *NOW).stdout)
        self.assertIn("Next: 2026-11-21 12:00:00, from then on\n", run("when", "true", *NOW).stdout)

    def test_json_has_the_intervals_asked_for(self):
        done = run("when", "crontime 0 0", "--json", "-n", "3", *NOW)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["text"], "crontime 0 0 * * *")
        self.assertEqual((answer["now"], answer["true"]), ("2026-11-21T12:00:00", False))
        self.assertEqual(
            answer["next"][2], {"start": "2026-11-24T00:00:00", "end": "2026-11-24T00:01:00"}
        )
        self.assertEqual(len(answer["next"]), 3)
        self.assertEqual(json.loads(run("when", "true", "--json", "-n", "0").stdout)["next"], [])
        self.assertIsNone(json.loads(run("when", "true", "--json").stdout)["next"][0]["end"])

    def test_microseconds_are_kept(self):
        done = run("when", "time of minute", "--json", "--now", "2026-11-21 12:00:59.999999")
        self.assertEqual(json.loads(done.stdout)["now"], "2026-11-21T12:00:59.999999")

    def test_times_are_local(self):
        done = run(
            "when", "time of day after 12:00", "--json", "--now", "2026-07-01T10:00:00Z", zone="CET-2"
        )
        self.assertTrue(json.loads(done.stdout)["true"])
        self.assertIn('"2026-07-01T12:00:00"', done.stdout)

    def test_a_bad_condition_is_usage(self):
        self.refused(2, "column 13: expected a time such as 10:00", "when", "daily after noon")
        self.refused(2, "column 1: expected a condition", "when", "")
        self.refused(2, "column 1:", "when", "warm '25'")
        self.refused(2, "4096", "when", "(" * 5000)
        self.refused(2, "at most 10000", "when", "true", "--next", "10001")
        self.refused(2, "1678 to 2261", "when", "true", "--now", "2262-02-01")
        self.refused(2, "CONDITION", "when")

    def test_history_answers(self):
        history = "# made up\n\nmine\trun\t2026-11-21 11:30\nother\tsuccess\t2026-11-21T11:45:00.5\n"
        done, _ = self.with_history(history, "after task 'other'", "--task", "mine")
        self.assertIn("True: yes", done.stdout)
        done, _ = self.with_history(history, "every 1 h", "--task", "mine")
        self.assertIn("True: no\n     Next: 2026-11-21 12:30:00, from then on", done.stdout)
        done, _ = self.with_history(history, "every 1 h")
        self.assertIn("True: yes", done.stdout)

    def test_records_after_now_have_not_happened(self):
        done, _ = self.with_history("mine\trun\t2026-11-21 12:00:01\n", "has started", "--task", "mine")
        self.assertIn("True: no", done.stdout)

    def test_records_need_no_order(self):
        history = "mine\tfail\t2026-11-21 11:00\nmine\trun\t2026-11-21 10:00\n"
        done, _ = self.with_history(history, "is running", "--task", "mine")
        self.assertIn("True: no", done.stdout)

    def test_a_bad_history_names_its_line(self):
        for line, says in [
            ("mine run 2026-11-21\n", "a tab between each"),
            ("mine\tran\t2026-11-21\n", "did you mean 'run'?"),
            ("mine\trun\tnoon\n", "expected a time"),
            ("\trun\t2026-11-21\n", "a tab between each"),
            ("mine\trun\t2026-11-21\tx\n", "a tab between each"),
            ("x" * 2000, "1022 bytes"),
        ]:
            done, name = self.with_history("other\trun\t2026-11-21\n" + line, "true")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"{name}:2: ", done.stderr)
            self.assertIn(says, done.stderr)
        self.refused(1, "can't be read", "when", "true", "--history", "/nonexistent/history")

    def test_help_lists_both(self):
        text = run("help").stdout
        self.assertIn("  when ", text)
        self.assertIn("  timespan ", text)
        self.assertIn("--history", run("help", "when").stdout)


class Timespan(unittest.TestCase):
    def test_microseconds(self):
        for text, us in [
            ("1 hour, 30 min", 5400000000),
            ("1 week", 604800000000),
            ("01:20:30.5", 4830500000),
            ("1 day 100:00:00", 446400000000),
            ("+1.5 hrs", 5400000000),
            ("10", 10000000),
        ]:
            self.assertEqual(run("timespan", text).stdout, f"{us}\n")
        self.assertEqual(run("timespan", "2 s", "--json").stdout, '{"us":2000000}\n')

    def test_refused(self):
        for text, says in [
            ("", "column 1: expected a time span"),
            ("ten", "column 1: "),
            ("1 hour 30", "column 10: "),
            ("1:70:00", "column 3: "),
            ("-10 s", "column 1: a time span can't be negative"),
            ("1000 years", "column 6: "),
            ("99999999999999999999 s", "at most 100 years"),
        ]:
            done = run("timespan", "--", text)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(says, done.stderr)


if __name__ == "__main__":
    unittest.main()
