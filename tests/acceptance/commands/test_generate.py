"""`mutt generate`: what is in the files is read by the test, what was recorded and audited by psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.commands.world import World


def proved(world: World, kind: str, root: Path, *which: str) -> None:
    """Printed, planned, written, recorded, refused, taken back."""
    printed = world.mutt("generate", kind, *which, "-o", "json").json["items"]
    words = ("generate", kind, *which, "--write", "--root", str(root))
    with world.unchanged():
        planned = world.mutt(*words, "--dry-run", "-o", "json").json
    assert (planned["dry_run"], list(root.rglob("*"))) == (True, [])
    done = world.mutt(*words, "--reason", "INC-1182", "-o", "json")
    assert [(root / one["path"].lstrip("/")).read_text() for one in printed] == [one["content"] for one in printed]
    operation = world.operation(done)
    found = world.psql(f"SELECT command, reason, result FROM operations WHERE id = '{operation}'")  # noqa: S608
    assert found == f"generate {kind}|INC-1182|done"
    audited = f"SELECT operation, record_id FROM audit_logs WHERE correlation_id = '{operation}' ORDER BY 2"  # noqa: S608
    rows = sorted(f"CREATE|{root}{one['path']}" for one in printed)
    assert sorted(world.psql(audited).splitlines()) == rows
    with world.unchanged():
        world.mutt("generate", kind, *which, "--root", str(root), code=2)
    world.mutt("undo", operation)
    assert not [one for one in root.rglob("*") if one.is_file()]
    assert world.psql(f"SELECT undone_by IS NOT NULL FROM operations WHERE id = '{operation}'") == "t"  # noqa: S608
    for folder in sorted(root.rglob("*"), reverse=True):
        folder.rmdir()


@pytest.mark.covers("generate systemd", "generate logrotate", "generate sudoers")
def test_files_of_the_host_itself(world: World, tmp_path: Path) -> None:
    for kind in ("systemd", "logrotate", "sudoers"):
        proved(world, kind, tmp_path)


@pytest.mark.covers("generate rsyslog", "generate rsyslog-forward", "generate filebeat", "generate snmptrapd")
def test_files_of_senders_and_collectors(world: World, tmp_path: Path) -> None:
    for kind in ("rsyslog", "rsyslog-forward", "filebeat", "snmptrapd"):
        proved(world, kind, tmp_path)


@pytest.mark.covers("generate prometheus-rules", "generate prometheus-scrape")
def test_files_of_prometheus(world: World, tmp_path: Path) -> None:
    for kind in ("prometheus-rules", "prometheus-scrape"):
        proved(world, kind, tmp_path)
    jobs = world.mutt("generate", "prometheus-scrape").out
    ports = {name: port for name, port in world.stack.ports.items() if "METRICS" in name or name == "WEBUI_PORT"}
    assert [name for name, port in ports.items() if f':{port}"' not in jobs] == []
    for port in ports.values():
        assert "# TYPE mutt_" in world.curl(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.covers("generate haproxy", "generate pgbouncer", "generate sentinel")
def test_files_of_what_stands_in_front(world: World, tmp_path: Path) -> None:
    for kind in ("haproxy", "pgbouncer", "sentinel"):
        proved(world, kind, tmp_path)


@pytest.mark.covers("generate man")
def test_manual_pages(world: World, tmp_path: Path) -> None:
    proved(world, "man", tmp_path)


@pytest.mark.covers("generate completions")
def test_completion_of_each_shell_offers_what_commands_printed(world: World, tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        proved(world, "completions", tmp_path, shell)
        newest = "SELECT argv FROM operations WHERE command = 'generate completions' ORDER BY started_at DESC LIMIT 1"
        assert shell in world.psql(newest)
    world.redis_cli("LPUSH", "mutt:dlq:dead", '{"message":"one","hostname":"core-sw1"}')
    try:
        listed = world.mutt("dlq", "list", "dead", "-o", "json").json["items"]
        offered = world.mutt("--complete", "letter").out.splitlines()
        assert listed
        assert {one["id"] for one in listed} <= {one.partition("\t")[0] for one in offered}
    finally:
        world.redis_cli("DEL", "mutt:dlq:dead")
