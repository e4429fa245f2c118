"""A tiny program between a supervisor and a server: become the account, die with the supervisor, then be the server.

    python -I -S launch.py UID GID SIGNAL PARENT HOW PROGRAM ARGUMENT...

It stands alone (no import of the package): the server's account may be unable to read the Python environment, so all
reading happens before the change of account. HOW is `path`, or `fd` to execute PROGRAM through a descriptor opened
beforehand, for a self-contained binary in a folder that the account cannot enter. The signal on the parent's death
must be asked for after the change of account, which would cancel it (infra.md section 3).
"""

import ctypes
import os
import sys


def main(argv: list[str]) -> None:
    """Never returns: ends as the server, or exits 126 with one line on standard error."""
    uid, gid, signum, parent = (int(word) for word in argv[:4])
    how, program, arguments = argv[4], argv[5], argv[5:]
    target: str | int = program
    if how == "fd":
        target = os.open(program, os.O_RDONLY | os.O_CLOEXEC)
    if os.geteuid() == 0 and uid != 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    libc = ctypes.CDLL(None)
    if signum and libc.prctl(1, signum, 0, 0, 0) != 0:
        sys.exit(126)
    if signum and os.getppid() != parent:
        sys.exit(126)
    os.chdir("/")
    os.execve(target, arguments, os.environ)  # noqa: S606  we become the server; a shell would only stand in between


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"{sys.argv[6]}: {error.strerror}\n")
        sys.exit(126)
