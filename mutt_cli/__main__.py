"""Entry point of `mutt` and `muttctl`. The version answers before anything else is imported (D27)."""

import sys


def main() -> int:
    """Run the command line and return its exit code; called by the console scripts and by `python -m mutt_cli`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mutt_cli import __version__

        sys.stdout.write(f"mutt {__version__}\n")
        return 0
    if sys.argv[1:2] == ["--complete"]:
        return _complete()
    return _command()


def _command() -> int:
    """Run the command line, with the garbage collector kept away from what never becomes garbage.

    It would go through all modules several times while they are read, and once more at the end of the process: a fifth
    of the time that a short command takes.
    """
    import gc

    gc.disable()
    try:
        from mutt_cli.cli import run
    except Exception as error:
        if "health" not in sys.argv[1:]:
            raise
        # Python would exit with 1, which a monitor reads as a warning.
        sys.stdout.write(f"MUTT UNKNOWN - mutt itself cannot start: {type(error).__name__}\n")
        return 3

    gc.freeze()
    gc.enable()
    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()  # the process ends and takes it all along


def _complete() -> int:
    """Print what this user's commands printed, for a shell that completes a word; of a failure say nothing."""
    import os

    try:
        from mutt_cli.adapters.seen import complete

        sys.stdout.write(complete(sys.argv[2:], os.environ))
    except Exception:  # noqa: BLE001  whatever it is, a person who pressed TAB does not want to read it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
