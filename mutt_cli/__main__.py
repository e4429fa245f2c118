"""Entry point of `mutt` and `muttctl`. The version answers before anything else is imported (D27)."""

import sys


def main() -> int:
    """Run the command line and return its exit code; called by the console scripts and by `python -m mutt_cli`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mutt_cli import __version__

        sys.stdout.write(f"mutt {__version__}\n")
        return 0
    from mutt_cli.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
