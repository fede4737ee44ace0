#!/usr/bin/env python3
"""The installed units under a real systemd: systemd-nspawn boots this machine's own /usr for them.

Nothing of the machine is changed: the root of what is booted is in memory, and what is installed
lies over its /usr.  scenario.sh runs in there, as all that is booted for.  Status 77 and a sentence
where that cannot be done.

Called as run.py SOURCE BUILD-DIR; BUILD-DIR is kept, so that the next time takes a second.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NSPAWN = ['systemd-nspawn', '--quiet', '--directory=/', '--volatile=yes', '--register=no',
          '--keep-unit', '--private-network', '--console=pipe', f'--machine=aiotools-{os.getpid()}']
# Without the second one it waits for a key.
BOOT = ['--boot', 'systemd.firstboot=no']
OK = 42  # scenario.sh's: a container that went down for another reason ends with 0 or 1
SECONDS = 120


def skip(why):
    print(f'skipped: {why}')
    sys.exit(77)


def run(words):
    """Runs something that must succeed; returns what it printed."""
    # What the outer build was asked for (sanitizers, another compiler) is not for this one.
    env = {k: v for k, v in os.environ.items() if k not in ('CC', 'CFLAGS', 'LDFLAGS', 'DESTDIR')}
    done = subprocess.run([str(word) for word in words], env=env, encoding='utf-8',
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f'{" ".join(done.args)}: exit code {done.returncode}\n{done.stdout}')
    return done.stdout


def boot(unit, options):
    """Boots to a unit; returns the exit code and what was said on the console."""
    done = subprocess.Popen([*NSPAWN, *options, *BOOT, f'systemd.unit={unit}'], encoding='utf-8',
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, errors='replace')
    try:
        said, _ = done.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        done.kill()
        said, _ = done.communicate()
        said += f'\nnot through within {SECONDS} s\n'
    return done.returncode, said


def over_usr(path):
    return f'--overlay-ro=/usr:{path}:/usr'


def need(empty):
    """Ends the test where systemd cannot be booted; empty: a directory with nothing in it."""
    if os.geteuid() != 0:
        skip('only root can run systemd-nspawn')
    for program in ('systemd-nspawn', 'meson', 'ninja', 'setpriv'):
        if shutil.which(program) is None:
            skip(f'there is no {program}')
    code, said = boot('exit.target', [over_usr(empty)])
    if code != 0:
        skip(f'systemd cannot be booted here by systemd-nspawn: {" ".join(said.split())}')


def build(source, build_dir):
    """Builds what is installed, and the tests' modules, for a prefix of /usr."""
    if not (build_dir / 'build.ninja').exists():
        run(['meson', 'setup', build_dir, source, '--prefix=/usr'])
    else:
        run(['ninja', '-C', build_dir, 'build.ninja'])
    targets = json.loads(run(['meson', 'introspect', '--targets', build_dir]))
    wanted = [t for t in targets if t['installed'] or '/tests/modules/' in t['defined_in']]
    run(['ninja', '-C', build_dir,
         *(os.path.relpath(name, build_dir) for t in wanted for name in t['filename'])])


def install(build_dir, root):
    """Installs into root, as into the / of a system where /lib is /usr/lib."""
    shutil.rmtree(root, ignore_errors=True)
    run(['meson', 'install', '-C', build_dir, '--no-rebuild', '--destdir', root])
    if (root / 'lib').exists():
        shutil.copytree(root / 'lib', root / 'usr/lib', dirs_exist_ok=True)
    modules = next(root.glob('usr/lib*/**/aiotools/services'))
    for path in (build_dir / 'tests/modules').glob('*.so'):
        shutil.copy(path, modules)


def scenario(root, work):
    """Runs scenario.sh; returns whether all went as it should."""
    shutil.copy(HERE / 'scenario.sh', work)
    shutil.copy(root / 'etc/aiotools/aiotoolsd.ini', work)
    told = work / 'told'
    told.touch()
    unit = 'aiotools-test.service'
    code, said = boot(unit, [over_usr(root / 'usr'), f'--bind={work}:/mnt',
                             f'--bind-ro={HERE / unit}:/etc/systemd/system/{unit}'])
    print(told.read_text(errors='replace'), end='')
    if code != OK:
        print(f'systemd-nspawn: exit code {code}\n{said}', end='')
    return code == OK


def main():
    source, build_dir = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix='aiot-') as work:
        work = pathlib.Path(work)
        empty = work / 'empty'
        empty.mkdir()
        need(empty)
        build(source, build_dir)
        install(build_dir, build_dir / 'root')
        sys.exit(0 if scenario(build_dir / 'root', work) else 1)


if __name__ == '__main__':
    main()
