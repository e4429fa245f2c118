"""Real shells that complete a line: what is offered, and what the line becomes after a TAB."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.acceptance.frame import environment
from tests.peers import peer

COMPLETIONS: Final = Path(__file__).resolve().parents[2] / "completions"
_PATIENCE_S: Final = 60
_LINE: Final = "\x18"
"""Ctrl-X: every shell here is told to show its line in angle brackets then."""
_BASH: Final = """bind -x '"\\C-x": printf "<<%s>>\\n" "$READLINE_LINE"'"""
_ZSH: Final = """fpath=($1 $fpath); autoload -U compinit; compinit -D -u
show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey '^X' show"""
_START: Final = {
    "bash": ("bash --norc --noprofile -i", f"{_BASH}; source {COMPLETIONS / 'mutt.bash'}"),
    "zsh": ("zsh -f -i", _ZSH.replace("$1", str(COMPLETIONS))),
}
_PROMPT: Final = "PS1=REA''DY"
"""Written so that its echo, as it is typed, is not the prompt."""


def room(folder: Path) -> dict[str, str]:
    """An environment in which `muttctl` is the command of these sources, with time enough for a busy machine."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    program = bin_ / "muttctl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mutt_cli "$@"\n')
    program.chmod(0o755)
    env = environment(folder, {"MUTT_COMPLETION_SECONDS": "30", "TERM": "dumb"})
    return {**env, "PATH": f"{bin_}:{env['PATH']}"}


def bash_offers(env: dict[str, str], line: str) -> list[str]:
    """What bash's own completion function offers for a line; the words are split as readline does it."""
    words = [word for word in re.split(r"( |=|:)", line) if word not in {" ", ""}] + (
        [""] if line.endswith((" ",)) else []
    )
    script = f"""
        source {COMPLETIONS / "mutt.bash"}
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _mutt
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return _said([peer("bash", "bash"), "--norc", "-c", script, "bash", *words], env)


def fish_offers(env: dict[str, str], line: str) -> dict[str, str]:
    """What fish offers for a line, each word with what it is."""
    script = f"source {COMPLETIONS / 'mutt.fish'}; complete -C $argv[1]"
    said = _said([peer("fish", "fish"), "--no-config", "-c", script, line], env)
    return dict(one.partition("\t")[::2] for one in said)


def line_after(shell: str, env: dict[str, str], keys: str) -> str:
    """The line that a person has after typing these keys into an interactive shell."""
    command, settled = _START[shell]
    peer(shell, shell)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command.split(), stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    )
    os.close(theirs)
    try:
        os.write(ours, f"{settled}; {_PROMPT}\r".replace("\n", "\r").encode())
        _until(ours, rb"READY")
        os.write(ours, (keys + _LINE).encode())
        return _until(ours, rb"<<(.*?)>>").group(1).decode()
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _said(command: list[str], env: dict[str, str]) -> list[str]:
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, timeout=_PATIENCE_S, check=False, stdin=subprocess.DEVNULL
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def _until(terminal: int, pattern: bytes) -> re.Match[bytes]:
    shown, ends = b"", time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 65536)
            if found := re.search(pattern, shown):
                return found
    raise AssertionError(shown)
