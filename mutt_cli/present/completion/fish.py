"""The script for fish: words, flags, ids and names with what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.completion import FILES, HEAD, grouped
from mutt_cli.present.completion.shell import asked, places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.present.completion import Table, Word

_BODY: Final = """
function __mutt_offer
    set -l context $argv[1]
    set -l ask
    for kind in $argv[2..-1]
        if test $kind = FILES
            __fish_complete_path (commandline -ct)
            continue
        end
        __mutt_fixed $kind
        __mutt_asked $kind; and set -a ask $kind
    end
    set -q ask[1]; or return
    set -l patience 0.3
    set -q MUTT_COMPLETION_SECONDS; and set patience $MUTT_COMPLETION_SECONDS
    test -n "$context"; and set -a ask --context $context
    timeout $patience muttctl --complete $ask 2>/dev/null
end

function __mutt_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l at ''
    set -l count 0
    set -l flag ''
    set -l context ''
    set -e tokens[1]
    while set -q tokens[1]
        set -l word $tokens[1]
        set -e tokens[1]
        if string match -q -- '-*' $word
            if __mutt_takes $word
                if not set -q tokens[1]
                    set flag $word
                    break
                end
                contains -- $word -c --context; and set context $tokens[1]
                set -e tokens[1]
            end
            continue
        end
        set word (__mutt_other "$at $word")
        if test $count -eq 0; and contains -- $word (__mutt_words "$at" | string replace -r '\\t.*' '')
            set at (string trim -- "$at $word")
        else
            set count (math $count + 1)
        end
    end
    if test -n "$flag"
        __mutt_offer "$context" (__mutt_values $flag)
    else if string match -q -- '--*=*' $current
        set flag (string replace -r '=.*' '' -- $current)
        __mutt_offer "$context" (__mutt_values $flag) | string replace -r -- '^' "$flag="
    else if string match -q -- '-*' $current
        __mutt_flags "$at"
    else
        test $count -eq 0; and __mutt_words "$at"
        __mutt_offer "$context" (__mutt_arguments "$at $count")
    end
end

complete -c mutt -f -k -a '(__mutt_complete)'
complete -c muttctl -f -k -a '(__mutt_complete)'
"""


def script(table: Table) -> str:
    """The whole script."""
    parts = [
        HEAD,
        _switch("words", {path: _described(known) for path, known in table.words.items()}),
        _switch("other", {name: _listed([word]) for name, word in table.other.items()}, _LAST_WORD),
        _switch("flags", {path: _described(known) for path, known in table.flags.items()}),
        _switch("values", {flag: _listed(kinds.split()) for flag, kinds in table.values.items()}),
        _switch("fixed", {kind: _listed(known) for kind, known in table.fixed.items()}),
        _switch("arguments", {place: _listed(kinds.split()) for place, kinds in places(table).items()}),
        _within("takes", list(table.values)),
        _within("asked", asked(table)),
    ]
    return "\n".join(parts) + _BODY.replace("FILES", FILES)


_LAST_WORD: Final = "string replace -r '.* ' '' -- $argv[1]"


def _switch(name: str, mapping: Mapping[str, str], missing: str = "") -> str:
    """A function that prints what is known of its argument."""
    lines = [f"function __mutt_{name}", "    switch $argv[1]"]
    for names, body in grouped(mapping):
        if body:
            lines += [f"        case {' '.join(_quoted(one) for one in names)}", f"            {body}"]
    if missing:
        lines += ["        case '*'", f"            {missing}"]
    return "\n".join([*lines, "    end", "end"]) + "\n"


def _within(name: str, words: Sequence[str]) -> str:
    return f"function __mutt_{name}\n    contains -- $argv[1] {' '.join(words)}\nend\n"


def _described(words: Sequence[Word]) -> str:
    pairs = " ".join(f"{_quoted(one.text)} {_quoted(one.about)}" for one in words)
    return f"printf '%s\\t%s\\n' {pairs}" if pairs else ""


def _listed(words: Sequence[str]) -> str:
    return f"printf '%s\\n' {' '.join(_quoted(one) for one in words)}" if words else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
