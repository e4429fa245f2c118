"""Net-SNMP's trap daemon as a sender: every trap becomes one event (SO:58, contradictions.md C-94).

OIDs stay numbers: distributions ship no IETF MIBs, and a rule should not depend on them. A trap that could not be
posted in several tries is written to the system's log, because snmptrapd itself keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.poster import KEY_FILE, poster
from mutt_cli.present.generated.site import made

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

PATH: Final = "/etc/snmp/snmptrapd.conf"
PROGRAM: Final = "/usr/local/lib/mutt/snmptrapd-ingest"
THEN: Final = ("systemctl restart snmptrapd",)
TRIES: Final = 3
_TRAP_OID: Final = ".1.3.6.1.6.3.1.1.4.1.0"
"""SNMPv2-MIB::snmpTrapOID.0: which trap it is."""


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """The configuration and the handler; where there is a configuration already, ours is written beside it."""
    body = f"""\
# {PROGRAM} comes with this file, and runs as the account of snmptrapd; that one must be able to read the key of the
# ingest API in {KEY_FILE}. The line with the address is in that program: the load balancer, if there is one.
# Whose traps are taken: a community, or createUser and authUser for SNMPv3.
authCommunity execute public
traphandle default {PROGRAM}
[snmp] printNumericOids yes
[snmp] mibs :
"""
    address = f"http://{site.reached_at('INGESTOR_HOST', site.settings.ingest.host)}:{site.settings.ingest.port}/ingest"
    program = poster(address) + _handler()
    return (made(PATH, "snmptrapd", body, mode=0o600), made(PROGRAM, "snmptrapd", program, mode=0o755))


def _handler() -> str:
    """Reads the sender's name, its transport address, then `OID VALUE` lines; a value may go on in the next line."""
    return f"""\

# snmptrapd's side: what is no UTF-8 is left out, control characters become blanks.
iconv -c -f UTF-8 -t UTF-8 | tr '\\001-\\010\\013-\\037\\177' ' ' | awk '
function quoted(text, out, i, one) {{
    out = ""
    for (i = 1; i <= length(text); i++) {{
        one = substr(text, i, 1)
        if (one == "\\\\" || one == "\\"") one = "\\\\" one
        out = out (one == "\\t" ? " " : one)
    }}
    return "\\"" out "\\""
}}
NR == 1 {{ host = $0; next }}
NR == 2 {{ address = $0; next }}
/^\\.[0-9.]+ / {{
    oid = $1
    value[++count] = substr($0, length(oid) + 2)
    name[count] = oid
    next
}}
{{ value[count] = value[count] " " $0 }}
END {{
    if (match(address, /\\[[^\\]]+\\]/)) address = substr(address, RSTART + 1, RLENGTH - 2)
    if (host == "" || host == "<UNKNOWN>") host = address
    for (i = 1; i <= count; i++) {{
        if (name[i] == "{_TRAP_OID}") trap = value[i]
        else text = text (text == "" ? "" : ", ") name[i] "=" value[i]
    }}
    printf "{{\\"hostname\\":%s,\\"source\\":%s,\\"trap_oid\\":%s,\\"message\\":%s}}\\n",
        quoted(host), quoted(address), quoted(trap), quoted("trap " trap ": " text)
}}' >"$batch"

for try in $(seq {TRIES}); do
    post && exit 0
    sleep "$try"
done
logger -t mutt-snmptrapd -p daemon.err "trap not taken (${{status:-no answer}}): $(cat "$batch")"
exit 1
"""
