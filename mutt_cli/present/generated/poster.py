"""The part of a sender's program that posts: a shell function that gives one batch to the ingest API, or fails.

The key is read from a file and handed to curl on its standard input, so that `ps` shows none. A batch that is repeated
goes under the `Idempotency-Key` of its first try, a new one under a new key: two equal lines are two events. What the
ingestor refuses for good is kept in a folder and does not hold up what comes after it.
"""

from __future__ import annotations

from typing import Final

KEY_FILE: Final = "/etc/mutt/ingest_api_key"
REFUSED: Final = "/var/spool/mutt-refused"
TRY_S: Final = 30


def poster(address: str) -> str:
    """The beginning of a POSIX shell script: settings, and the functions `post` and `refused`."""
    return f"""\
#!/bin/sh
# The ingest API, or the load balancer before it:
address={address}
key_file={KEY_FILE}
refused={REFUSED}

set -u
umask 077
PATH=/usr/local/bin:/usr/bin:/bin
export PATH
if ! command -v curl >/dev/null; then
    echo "curl is not installed"
    exit 1
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 0' INT TERM
batch=$work/batch
failed=$work/failed
token=
status=

post() {{
    [ -s "$batch" ] || return 0
    if [ -z "$token" ] || ! cmp -s "$batch" "$failed"; then
        token=$(cat /proc/sys/kernel/random/uuid)
    fi
    status=$(
        printf 'header = "X-API-Key: %s"\\n' "$(cat "$key_file")" |
            curl --silent --config - --max-time {TRY_S} --output "$work/answer" --write-out '%{{http_code}}' \\
                --header 'Content-Type: application/x-ndjson' --header "Idempotency-Key: $token" \\
                --data-binary "@$batch" "$address"
    )
    case $status in
    2*)
        token=
        ;;
    400 | 413 | 415 | 422)
        # It will never be taken as it is.
        mkdir -p "$refused" && cp "$batch" "$refused/$(date +%Y%m%dT%H%M%S).$token" || return 1
        token=
        ;;
    *)
        cp "$batch" "$failed"
        return 1
        ;;
    esac
}}
"""
