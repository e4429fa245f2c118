"""What the scripts of bash and zsh have in common: tables as functions with one `case` each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.present.completion import FILES, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.present.completion import Table


def tables(table: Table, words: Mapping[str, str], flags: Mapping[str, str]) -> str:
    """Every table; `words` and `flags` are as this shell wants them."""
    parts = [
        case("words", words),
        case("other", table.other, missing="${1##* }"),
        case("flags", flags),
        case("values", table.values, status=True),
        case("fixed", {kind: " ".join(known) for kind, known in table.fixed.items()}),
        case("arguments", places(table), of='"$1 $2"'),
        f"__mutt_asked() {{\n    [[ ' {' '.join(asked(table))} ' == *\" $1 \"* ]]\n}}\n",
    ]
    return "\n".join(parts)


def places(table: Table) -> dict[str, str]:
    """A command and the place of an argument, to its kinds; a star is any place."""
    return {
        f"{path} {'*' if one.endswith('...') else place}": one.removesuffix("...")
        for path, kinds in table.arguments.items()
        for place, one in enumerate(kinds)
    }


def asked(table: Table) -> list[str]:
    """Kinds whose values come from what commands printed; of queues too, for those that workers hold."""
    listed = [*table.values.values(), *places(table).values()]
    return sorted({kind for one in listed for kind in one.split()} - set(table.fixed) - {FILES} | {"queue"})


def case(name: str, mapping: Mapping[str, str], *, of: str = '"$1"', missing: str = "", status: bool = False) -> str:
    """A function that puts what is known of its argument into REPLY; with `status` it says whether anything is."""
    lines = [f"__mutt_{name}() {{", f"    case {of} in"]
    for names, value in grouped(mapping):
        pattern = "|".join(_pattern(one) for one in names)
        quoted = value.replace("'", "'\\''")
        lines.append(f"        {pattern}) REPLY='{quoted}' ;;")
    last = f'REPLY="{missing}"' + ("; return 1" if status else "")
    return "\n".join([*lines, f"        *) {last} ;;", "    esac", "}"]) + "\n"


def _pattern(name: str) -> str:
    """A pattern that is this name; a star at its end stands for anything."""
    return f"'{name[:-1]}'*" if name.endswith(" *") else f"'{name}'"
