"""The script for bash. It needs no bash-completion, and hands no value to anything that would expand it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.completion import FILES, HEAD, PATIENCE, joined
from mutt_cli.present.completion.shell import tables

if TYPE_CHECKING:
    from mutt_cli.present.completion import Table

_BODY: Final = """
__mutt_add() {
    local word
    for word in "$@"; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

__mutt_offer() {
    local kind word about ask=() REPLY
    for kind in $1; do
        if [[ $kind == FILES ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
            continue
        fi
        __mutt_fixed "$kind"
        __mutt_add $REPLY
        __mutt_asked "$kind" && ask+=("$kind")
    done
    ((${#ask[@]})) || return
    while IFS=$'\\t' read -r word about; do
        __mutt_add "$word"
    done < <(timeout "PATIENCE" muttctl --complete "${ask[@]}" ${context:+--context "$context"} 2>/dev/null)
}

_mutt() {
    local IFS=$' \\t\\n' cur=${COMP_WORDS[COMP_CWORD]} path='' words place=1 count=0 flag='' context='' word REPLY kinds
    COMPREPLY=()
    while ((place < COMP_CWORD)); do
        word=${COMP_WORDS[place]}
        if [[ $word == -* ]]; then
            if __mutt_values "$word"; then
                ((place++))
                [[ ${COMP_WORDS[place]} == '=' && $place -lt $COMP_CWORD ]] && ((place++))
                if ((place >= COMP_CWORD)); then
                    flag=$word
                    break
                fi
                [[ $word == -c || $word == --context ]] && context=${COMP_WORDS[place]}
            fi
        else
            __mutt_other "$path $word"
            word=$REPLY
            __mutt_words "$path"
            if ((count == 0)) && [[ " $REPLY " == *" $word "* ]]; then
                path="${path:+$path }$word"
            else
                ((count++))
            fi
        fi
        ((place++))
    done
    [[ $cur == '=' ]] && cur=''
    if [[ $flag ]]; then
        __mutt_values "$flag"
        __mutt_offer "$REPLY"
        return
    fi
    if [[ $cur == -* ]]; then
        __mutt_flags "$path"
        __mutt_add $REPLY
        return
    fi
    if ((count == 0)); then
        __mutt_words "$path"
        __mutt_add $REPLY
    fi
    __mutt_arguments "$path" "$count"
    __mutt_offer "$REPLY"
}

complete -F _mutt mutt muttctl
"""


def script(table: Table) -> str:
    """The whole script."""
    words = {path: joined(known) for path, known in table.words.items()}
    flags = {path: joined(known) for path, known in table.flags.items()}
    body = _BODY.replace("PATIENCE", PATIENCE).replace("FILES", FILES)
    return f"{HEAD}\n{tables(table, words, flags)}{body}"
