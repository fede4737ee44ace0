#!/usr/bin/env python3
"""run.py CLIENT [FILE...] - what another scheduler answered, asked of `aiotoolsctl when`.

The .tsv files beside this one were made by running Rocketry 2.5.1.  Each row is turned into a
condition, run through the client in UTC and compared.  Rows that we decide against are in DECIDED,
each with its reason; a row there that agrees after all is an error too, so that none goes stale.
"""
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = sys.argv[1]

NO_SUCH_DAY = "the peer raises an exception where a month has no 31st; here the next one that has"
LAST_MINUTE = "the peer ends the year's last minute a microsecond early; a minute ends with its minute"
STEP = "N/step of the peer matches N alone; here it is from N to the end, as in other crons"
SHORT = "short forms are known here"
SUPERSET = "understood here: the language is a superset"
STRICT = "accepted by the peer and then meant as something else; an error here"
NEGATIVE = "a span can't be negative; the peer ignores the sign"


def decided(kind, key):
    """Why a row is decided against, or None."""
    if kind == "cron":
        expr, peer = key
        if expr == "59 23 31 12 *":
            return NO_SUCH_DAY if peer.startswith("ERR") else LAST_MINUTE
        if peer.startswith("ERR ValueError: Left cannot"):
            return NO_SUCH_DAY
        if expr.startswith("0/20"):
            return STEP
        if expr == "@daily":
            return SHORT
    if kind == "periods" and key[-1].startswith("ERR"):
        return NO_SUCH_DAY
    if kind == "cond_parse":
        return {
            "every 10 weeks": SUPERSET,
            "daily  between 10:00 and 14:00": SUPERSET,
            "retry 3": SUPERSET,
            "running": SUPERSET,
            "startup": SUPERSET,
            "after task 'x & y'": SUPERSET,
            "monthly starting 32nd": STRICT,
        }.get(key)
    if kind == "timedelta":
        return {"1 week": SUPERSET, "10 us": SUPERSET, "--10 s": NEGATIVE}.get(key)
    return None


def client(*args):
    env = dict(os.environ, TZ="UTC")
    return subprocess.run([CLIENT, *args], capture_output=True, text=True, env=env, check=False)


def when(condition, now, *args):
    done = client("when", condition, "--now", now, "--json", *args)
    if done.returncode != 0:
        return None, done
    return json.loads(done.stdout), done


def rows(name):
    with open(HERE / (name + ".tsv"), newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def instant(text):
    return text.replace(" ", "T")


def compare_interval(answer, contains, left, right):
    if answer is None:
        return "refused"
    first = answer["next"][0] if answer["next"] else {"start": None, "end": None}
    want = (contains == "True", instant(left), instant(right))
    got = (answer["true"], first["start"], first["end"])
    return None if want == got else f"expected {want}, got {got}"


# ---- one function for each file: (key for DECIDED, label, problem or None) ----


def check_period(row):
    kind, unit, start, end, now = row[:5]
    bounds = {
        "at": f"on {start}",
        "starting": f"starting {start}",
    }.get(kind)
    if bounds is None:
        if start == "None" and end == "None":
            bounds = ""
        elif start == "None":
            bounds = f"before {end}"
        elif end == "None":
            bounds = f"after {start}"
        else:
            bounds = f"between {start} and {end}"
    condition = f"time of {unit} {bounds}".strip()
    key = (kind, unit, start, row[5])
    if row[5].startswith("ERR"):
        answer, _ = when(condition, now)
        return key, condition, "the peer raised" if answer else None
    answer, _ = when(condition, now)
    return key, f"{condition} at {now}", compare_interval(answer, *row[5:8])


def check_cron(row):
    expr, now = row[:2]
    key = (expr, row[2])
    answer, _ = when("cron " + expr, now)
    label = f"cron {expr} at {now}"
    if row[2].startswith("ERR"):
        return key, label, "the peer raised" if answer else None
    return key, label, compare_interval(answer, *row[2:5])


def history_lines(task, text):
    for record in filter(None, text.split(";")):
        time, action = record.rsplit(" ", 1)
        yield f"{task}\t{action}\t{time}\n"


def check_taskcond(row):
    condition, history, other, now, expected = row[:5]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(history_lines("the task", history))
        file.writelines(history_lines("other", other))
        file.flush()
        answer, done = when(condition, now, "--history", file.name, "--task", "the task")
    label = f"{condition} at {now} after [{history}] [{other}]"
    if answer is None:
        return condition, label, done.stderr.strip()
    got = str(answer["true"])
    return condition, label, None if got == expected else f"expected {expected}, got {got}"


def check_parse(row):
    condition = row[0]
    if condition[:1] == condition[-1:] and condition[:1] in "'\"":
        condition = condition[1:-1]
    answer, done = when(condition, "2024-01-01 12:00")
    if (answer is None) != (row[1] == "ERR"):
        return condition, condition, "refused: " + done.stderr if answer is None else "accepted"
    if answer is None:
        return condition, condition, None if "column " in done.stderr else "no column"
    again, _ = when(answer["text"], "2024-01-01 12:00")
    same = again is not None and again == answer
    return condition, condition, None if same else f"its text differs: {answer['text']}"


def check_timedelta(row):
    text = row[0][1:-1]
    done = client("timespan", "--", text)
    if row[1].startswith("ERR"):
        return text, repr(text), None if done.returncode == 2 else "accepted"
    got = done.stdout.strip()
    return text, repr(text), None if got == row[1] else f"expected {row[1]}, got {got or 'an error'}"


CHECKS = {
    "periods": check_period,
    "cron": check_cron,
    "taskcond": check_taskcond,
    "cond_parse": check_parse,
    "timedelta": check_timedelta,
}


def run(name):
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        results = list(pool.map(CHECKS[name], rows(name)))
    bad = 0
    against = {}
    for key, label, problem in results:
        reason = decided(name, key)
        if reason and problem is None and reason != STEP:  # minute 0 is right even so
            bad += 1
            print(f"{name}: agrees though decided against: {label}")
        elif reason and problem:
            against[reason] = against.get(reason, 0) + 1
        elif problem:
            bad += 1
            print(f"{name}: {label}: {problem}")
    print(f"{name}: {len(results)} rows, {bad} wrong, {sum(against.values())} decided against")
    for reason, count in against.items():
        print(f"  {count}: {reason}")
    return bad


def main():
    return 1 if sum(run(name) for name in sys.argv[2:] or CHECKS) else 0


if __name__ == "__main__":
    sys.exit(main())
