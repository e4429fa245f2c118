"""docs/limits.md is as long as the list of what is missing: its marked lists are compared with the code.

Built something? Take its name off the page. Declared something that nothing uses yet? Put it there.
"""

from __future__ import annotations

import re
from pathlib import Path

from mutt_cli.commands.daemon import Service
from mutt_cli.core.event import AcceptedEvent, Arrival, Limits, accept
from mutt_cli.core.pipeline import STAGES
from mutt_cli.keys import Keys
from mutt_cli.settings import BY_ENV, DECLARATIONS
from tests.contract.test_docs_protocol import documented_name

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in (ROOT / "mutt_cli").rglob("*.py")
    if "settings" not in path.relative_to(ROOT).parts and path.name != "keys.py"
}
PROPERTIES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mutt_cli" / "settings").rglob("*.py"))
"""A setting may also be read by a property of its own class, which the others use."""
SERVICES = {*(stage.name for stage in STAGES), "webui"}


def listed(topic: str) -> set[str]:
    """The names in backticks of a marked list."""
    found = re.search(rf"<!-- checked: {topic} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert found, topic
    return set(re.findall(r"`([^`]+)`", found.group(1)))


def used(pattern: str) -> bool:
    """Whether any module outside the declarations has text like this."""
    wanted = re.compile(pattern)
    return any(wanted.search(text) for text in SOURCES.values())


def test_services_that_are_not_built_are_named() -> None:
    line = next((line for line in PAGE.splitlines() if line.startswith("- **Services:**")), "")
    assert set(re.findall(r"`(\w+)`", line)) == SERVICES - {service.value for service in Service}


def test_settings_that_nothing_reads_are_named() -> None:
    unread = {one.env for one in DECLARATIONS if not used(rf"\.{one.attribute}\b|[\"']{one.env}[\"']")}
    unread = {env for env in unread if f"self.{BY_ENV[env].attribute} or" not in PROPERTIES}
    inert = {one.env for one in DECLARATIONS if one.inert}
    assert listed("settings") == unread - inert
    assert listed("inert settings") == inert


def test_keys_that_nothing_uses_are_named() -> None:
    members = [name for name in vars(Keys) if not name.startswith("_") and name != "tag"]
    unused = {documented_name(name) for name in members if not used(rf"keys\.{name}\b")}
    assert listed("keys") == unused


def test_last_of_two_equal_names_is_kept() -> None:
    arrival = Arrival("id", "2026-11-23T22:33:00.000Z", "api", "p", "", "c")
    taken = accept(b'{"a":1,"a":2}', arrival, Limits(1000, 32))
    assert isinstance(taken, AcceptedEvent)
    assert taken.element.endswith(b'"a":2}')
