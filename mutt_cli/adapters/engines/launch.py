"""A tiny program between a supervisor and what it runs: become the account, die with the supervisor, then be it.

    python -I -S launch.py UID GID SIGNAL PARENT FOLDERS [FOLDER...] HOW PROGRAM ARGUMENT...

It stands alone (no import of the package): the account may be unable to read the Python environment, so whatever needs
our own rights happens before the change of account. HOW is `path`, or `fd` to execute PROGRAM through a descriptor
opened beforehand, for a self-contained binary in a folder that the account cannot enter. Likewise each of the FOLDERS
(their number goes first) is opened, stays open, and stands for `@0@`, `@1@`, ... in the program, its arguments and
the environment: the account enters it by descriptor, without passing the closed folders above it.

The signal on the parent's death must be asked for after the change of account, which would cancel it (infra.md
section 3).
"""

import ctypes
import os
import sys


def main(argv: list[str]) -> None:
    """Never returns: ends as the program, or exits 126 with one line on standard error."""
    uid, gid, signum, parent, folders = (int(word) for word in argv[:5])
    how, program, *arguments = argv[5 + folders :]
    opened = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY) for folder in argv[5 : 5 + folders]]
    for descriptor in opened:
        os.set_inheritable(descriptor, True)  # noqa: FBT003  its signature
    program, *arguments = (_placed(word, opened) for word in (program, *arguments))
    environ = {name: _placed(text, opened) for name, text in os.environ.items()}
    target: str | int = os.open(program, os.O_RDONLY | os.O_CLOEXEC) if how == "fd" else program
    if os.geteuid() == 0 and uid != 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    if signum and (ctypes.CDLL(None).prctl(1, signum, 0, 0, 0) != 0 or os.getppid() != parent):
        sys.exit(126)
    os.chdir("/")
    os.execve(target, [program, *arguments], environ)  # noqa: S606  we become it; a shell would only stand in between


def _placed(text: str, opened: list[int]) -> str:
    for number, descriptor in enumerate(opened):
        text = text.replace(f"@{number}@", f"/proc/self/fd/{descriptor}")
    return text


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"cannot start {' '.join(sys.argv[6:])}: {error.strerror}\n")
        sys.exit(126)
