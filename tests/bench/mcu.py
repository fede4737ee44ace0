#!/usr/bin/env python3
"""One figure of the boards, for the row of tools/bench that has its name: mcu.py NAME

Builds what it measures (build-PORT), and prints a number.  Exit status 1 with a sentence: it cannot be
measured here.  Instructions are counted one by one, so the figure is the same every time.
"""
import configparser
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools'))
import mcu  # noqa: E402

SMALL, FAST = 'microbit', 'mps2-an385'


def program_of(configuration):
    budget = configparser.ConfigParser()
    budget.read(f'{mcu.ROOT}/lib/mcu/budget')
    section = budget[configuration]
    return section['port'], mcu.build(section['port'], section['program'])[0]


def sizes(configuration):
    return mcu.parts(program_of(configuration)[1].removesuffix('.elf') + '.map')


def flash_bare():
    return sizes('m0-bare')[1]


def flash():
    return mcu.core_flash(sizes('m0-console')[0])


def ram():
    _, _, kept, stack = sizes('m0-console')
    return kept + stack


def task_bytes():
    """The task, and what the firmware's tables have in RAM for each."""
    program, = mcu.build(SMALL, 'tests/mcu/bench-steps.elf')
    taken = mcu.Symbols(SMALL, program).size['bench_task_bytes']
    port, firmware = program_of('m0')
    symbols = mcu.Symbols(port, firmware)
    tasks = symbols.size['aiot_board_names'] // 4
    for table in ('aiot_board_names', 'aiot_board_specs'):
        if symbols.value[table] >= symbols.value['aiot_stack_bottom']:  # else it is in flash
            taken += symbols.size[table] // tasks
    return taken


def steps(mark, coroutine):
    program, = mcu.build(FAST, 'tests/mcu/bench-steps.elf')
    found, symbols = mcu.marks(FAST, program)
    entry = next(iter(symbols.starting_with(coroutine)))
    resumes = found[mark][entry]
    if resumes < 100:
        raise mcu.Unable(f'{program}: {mark}: only {resumes} resumes were seen')
    return sum(found[mark].values()) / resumes


def idle():
    program, = mcu.build(FAST, 'tests/mcu/bench-idle.elf')
    found, _ = mcu.marks(FAST, program, '-icount', 'shift=4,sleep=off')
    if 'idle' not in found:
        raise mcu.Unable(f'{program}: its task did not sleep')
    return sum(found['idle'].values())


FIGURES = {
    'mcu_flash_bare': flash_bare,
    'mcu_flash': flash,
    'mcu_ram': ram,
    'mcu_task_bytes': task_bytes,
    'mcu_resume': lambda: steps('resume', 'yields'),
    'mcu_sleep_wake': lambda: steps('sleep_wake', 'sleeps'),
    'mcu_idle_10s': idle,
}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in FIGURES:
        print(f"usage: mcu.py {'|'.join(FIGURES)}", file=sys.stderr)
        return 2
    try:
        print(f'{FIGURES[sys.argv[1]]():.2f}')
    except mcu.Unable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
