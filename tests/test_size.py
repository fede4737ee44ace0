#!/usr/bin/env python3
"""tools/size, on the firmware of the build that runs this (AIOT_PORT, AIOT_BUILD), with budgets of ours."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PORT, BUILD = os.environ.get('AIOT_PORT', ''), os.environ.get('AIOT_BUILD', '')
sys.path.insert(0, f'{ROOT}/tools')
import exercise  # noqa: E402
import mcu  # noqa: E402

MAP = '''Discarded input sections

 .text.gone     0x00000000       0x99 lib/core/libaiot-core.a.p/exec.c.o

Linker script and memory map

.text           0x00000000       0x40
 *(.text .text.*)
 .text.aiot_core_run
                0x00000000       0x20 lib/core/libaiot-core.a.p/exec.c.o
 .rodata.str1.1
                0x00000020        0x8 lib/core/libaiot-core.a.p/exec.c.o
                                 0x19 (size before relaxing)
 .rodata.str1.1
                0x00000028       0x30 lib/mcu/libaiot-mcu-port.a.p/microbit_board.c.o
 .text          0x00000028       0x14 /usr/lib/thumb/libgcc.a(_divsi3.o)
 *fill*         0x0000003c        0x4 

.stack          0x20000000      0x400

.data           0x20000400        0x8 load address 0x00000040
 .data.x        0x20000400        0x8 lib/mcu/firmware.elf.p/board.c.o

.bss            0x20000408       0x10
 .bss.y         0x20000408       0x10 lib/mcu/firmware.elf.p/.._.._services.d_hello.c.o
                0x20000418                aiot_bss_end = .
'''


class Parts(unittest.TestCase):
    """A linker's map."""

    def test_parts_add_up_and_shared_texts_count_once(self):
        with tempfile.NamedTemporaryFile('w', suffix='.map') as file:
            file.write(MAP)
            file.flush()
            found, flash, ram, stack = mcu.parts(file.name)
        self.assertEqual((flash, ram, stack), (0x48, 0x18, 0x400))
        self.assertEqual({(part.group, part.name): (part.flash, part.ram) for part in found}, {
            ('core', 'exec'): (0x28, 0), ('compiler', 'divsi3'): (0x14, 0), ('linker', 'gaps'): (4, 0),
            ('program', 'board'): (8, 8), ('services', 'hello'): (0, 16)})

    def test_what_was_optimised_as_one_is_given_to_its_sources(self):
        flash = mcu.collections.Counter({mcu.NAMELESS: 100, ('port', 'uart'): 7})
        mcu.name_parts(flash, mcu.NAMELESS, [(0, 30, '/x/lib/core/exec.c'), (40, 10, '/x/services.d/hello.c'),
                                             (200, 9, '/x/lib/core/out.c')], [(0, 60), (60, 40)])
        self.assertEqual(flash, {('core', 'exec'): 75, ('services', 'hello'): 25, ('port', 'uart'): 7})

    def test_a_check_sum_is_the_one_of_the_wire(self):
        self.assertEqual(exercise.crc(b'123456789'), 0x29b1)

    def test_every_verb_is_typed(self):
        self.assertEqual([verb for verb in exercise.verbs_of_the_core() if verb not in exercise.VERBS], [])


class Reader(unittest.TestCase):
    """Whoever reads what it prints."""

    def test_a_reader_that_has_seen_enough_meets_no_traceback(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([f'{ROOT}/tools/size', '--help'], stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (141, ''))


@unittest.skipUnless(PORT and BUILD, 'no port was built')
class Tool(unittest.TestCase):
    """The tool, with budgets."""

    def size(self, budget, *options):
        with tempfile.NamedTemporaryFile('w') as file:
            file.write(budget)
            file.flush()
            return subprocess.run(
                [f'{ROOT}/tools/size', '--budget', file.name, '--build', f'{PORT}={BUILD}', '--no-run', *options],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def section(self, limits):
        return f'[one]\nport = {PORT}\nprogram = lib/mcu/firmware.elf\n{limits}\n'

    def test_what_is_within_the_budget_passes(self):
        done = self.size(self.section('flash = 10000000\nram = 10000000'))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertNotIn('OVER', done.stdout)

    def test_a_byte_over_the_budget_fails_and_is_named(self):
        taken = json.loads(self.size(self.section(''), '--json').stdout)['one']['taken']
        self.assertEqual(self.size(self.section(f"flash = {taken['flash']}")).returncode, 0)
        done = self.size(self.section(f"flash = {taken['flash'] - 1}\nram = 10000000"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r'OVER: flash\n')

    def test_a_goal_that_is_missed_is_told_and_no_failure(self):
        done = self.size(self.section('flash = 10000000\ngoal-flash = 1'))
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r'goal missed: flash 1\n')
        done = self.size(self.section('flash = 10000000\ngoal-flash = 10000000'))
        self.assertNotIn('goal', done.stdout)

    def test_objects_add_up_to_the_whole(self):
        told = json.loads(self.size(self.section(''), '--json').stdout)['one']
        self.assertEqual(sum(part['flash'] for part in told['objects']), told['taken']['flash'])
        names = [part['name'] for part in told['objects']]
        self.assertTrue('exec' in names or any('ltrans' in name for name in names), names)

    def test_a_budget_that_is_wrong_says_how(self):
        for budget, words in ((self.section('flsh = 1'), "'flsh' is not known"),
                              (self.section('flash = 8 KB'), 'flash is no number of bytes: 8 KB'),
                              ('[one]\nport = nosuch\nprogram = x\n', 'names no port')):
            done = self.size(budget)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)
        done = self.size(self.section(''), 'two')
        self.assertEqual(done.returncode, 1)
        self.assertIn("no configuration 'two'; it has one", done.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
