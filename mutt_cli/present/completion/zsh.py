"""The script for zsh, a function for its `fpath`: words, flags, ids and names with what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.completion import FILES, HEAD, PATIENCE
from mutt_cli.present.completion.shell import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.present.completion import Table, Word

_BODY: Final = """
__mutt_offer() {
    local kind REPLY
    local -a ask found
    for kind in ${=1}; do
        if [[ $kind == FILES ]]; then
            _files
            continue
        fi
        __mutt_fixed "$kind"
        found+=(${=REPLY})
        __mutt_asked "$kind" && ask+=("$kind")
    done
    (( $#found )) && compadd -a found
    (( $#ask )) || return
    [[ -n $context ]] && ask+=(--context "$context")
    found=("${(@f)$(timeout "PATIENCE" muttctl --complete $ask 2>/dev/null)}")
    found=("${(@)found//$'\\t'/:}")
    [[ -n $found[1] ]] && _describe -V -t values value found
}

__mutt_complete() {
    local at='' flag='' context='' word REPLY
    local -i place=2 count=0
    local -a found
    while (( place < CURRENT )); do
        word=$words[place]
        if [[ $word == -* ]]; then
            if [[ $word != *=* ]] && __mutt_values "$word"; then
                (( place++ ))
                if (( place >= CURRENT )); then
                    flag=$word
                    break
                fi
                [[ $word == (-c|--context) ]] && context=$words[place]
            fi
        else
            __mutt_other "$at $word"
            word=$REPLY
            __mutt_words "$at"
            if (( count == 0 )) && [[ $'\\n'$REPLY == *$'\\n'"$word:"* ]]; then
                at="${at:+$at }$word"
            else
                (( count++ ))
            fi
        fi
        (( place++ ))
    done
    if [[ -z $flag && $PREFIX == --*=* ]]; then
        flag=${PREFIX%%=*}
        compset -P '*='
    fi
    if [[ -n $flag ]]; then
        __mutt_values "$flag"
        __mutt_offer "$REPLY"
        return
    fi
    if [[ $PREFIX == -* ]]; then
        __mutt_flags "$at"
        found=("${(@f)REPLY}")
        _describe -t flags flag found
        return
    fi
    if (( count == 0 )); then
        __mutt_words "$at"
        found=("${(@f)REPLY}")
        [[ -n $REPLY ]] && _describe -V -t commands command found
    fi
    __mutt_arguments "$at" "$count"
    __mutt_offer "$REPLY"
}

if [[ $funcstack[1] == _mutt* ]]; then
    __mutt_complete "$@"
else
    compdef __mutt_complete mutt muttctl
fi
"""


def script(table: Table) -> str:
    """The whole script. Its first line tells zsh which commands it is for."""
    words = {path: _described(known) for path, known in table.words.items()}
    flags = {path: _described(known) for path, known in table.flags.items()}
    body = _BODY.replace("PATIENCE", PATIENCE).replace("FILES", FILES)
    return f"#compdef muttctl mutt\n{HEAD}\n{tables(table, words, flags)}{body}"


def _described(words: Sequence[Word]) -> str:
    """`word:what it is`, a line each; a colon in the text would end it."""
    return "\n".join(f"{one.text}:{one.about.replace(':', ' -')}" for one in words)
