"""Where the scripts belong: below /usr/local, which shells search before what distributions ship for mutt(1), the mail
client.
"""  # noqa: D205  one sentence

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.generated import GeneratedFile, signed
from mutt_cli.present.completion import bash, fish, zsh

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.present.completion import Table

SCRIPTS: Final[dict[str, tuple[Callable[[Table], str], tuple[str, ...]]]] = {
    "bash": (
        bash.script,
        tuple(f"/usr/local/share/bash-completion/completions/{name}" for name in ("muttctl", "mutt")),
    ),
    "zsh": (zsh.script, ("/usr/local/share/zsh/site-functions/_muttctl",)),
    "fish": (fish.script, tuple(f"/usr/local/share/fish/vendor_completions.d/{n}.fish" for n in ("muttctl", "mutt"))),
}
"""By shell: what makes its script, and where it is looked for, by the name of the command."""
SHIPPED: Final = {"bash": "mutt.bash", "zsh": "_muttctl", "fish": "mutt.fish"}
"""In the folder `completions` of the sources."""


def completion_files(table: Table, shell: str) -> tuple[GeneratedFile, ...]:
    """The files of one shell; of two, the second takes the first, so that the script is there once."""
    make, places = SCRIPTS[shell]
    first, *others = places
    beside = [signed(f"source {first}\n") for _ in others]
    script = signed(make(table))
    return tuple(GeneratedFile(*one) for one in zip(places, [script, *beside], strict=True))
