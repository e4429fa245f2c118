"""Answers of the web API that are errors."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-W400": told(
        "The request cannot be understood, or a field of it is wrong; `fields` of the answer names each.",
        "None: nothing was changed.", "mutt rule list",
    ),
    "MUTT-W401": told("The API key is missing or wrong.", "None.", "vault kv get PATH"),
    "MUTT-W403": told("The key is good and its role does not allow this.", "None."),
    "MUTT-W409": told(
        "The web API was asked to look through more dead letters than a request may: some 200,000.",
        "None: nothing was changed.", "mutt dlq list --by reason", "mutt dlq show ID --timeout 60s",
    ),
    "MUTT-W415": told(
        "The body was not sent as JSON.", "None: nothing was changed.", "curl -H 'Content-Type: application/json' ...",
    ),
    "MUTT-W429": told(
        "More than 30 wrong API keys came from one address within a minute; behind a proxy that is the proxy's, unless "
        "WEBUI_TRUSTED_PROXIES names it. A right key is taken all the same.",
        "None: nothing was changed.", "mutt logs webui --since 10m", "mutt apikey list",
    ),
}  # fmt: skip
