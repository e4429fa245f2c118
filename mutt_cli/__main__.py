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
    from mutt_cli.cli import run

    return run(sys.argv[1:])


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
