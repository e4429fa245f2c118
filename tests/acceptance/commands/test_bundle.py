"""`mutt bundle`: what is in the archive is read by `tar`, and no secret is in it wherever secrets may stand."""

from __future__ import annotations

import json
import secrets
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.world import silent_back_ends
from tests.peers import peer

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World

HOSTILE = "\x1b]0;owned\x07\u202e=cmd|'/c calc'!A1 <script>alert(1)</script> `rm`"


def unpacked(archive: Path, into: Path) -> dict[str, str]:
    """Every file of an archive by its name, read by the real program."""
    into.mkdir()
    subprocess.run([peer("tar", "tar"), "-xzf", str(archive), "-C", str(into)], check=True, timeout=30)
    (folder,) = into.iterdir()
    assert archive.name in {f"{folder.name}.tar.gz", "b.tar.gz"}
    return {path.name: path.read_text() for path in folder.iterdir()}


def in_folder(world: World, folder: Path, **environment: str) -> None:
    world.stack = replace(world.stack, environment=world.stack.environment | {"LOG_DIR": str(folder)} | environment)


@pytest.mark.covers("bundle")
def test_one_archive_holds_the_filled_in_form_and_its_evidence_and_nothing_is_changed(
    world: World, tmp_path: Path
) -> None:
    in_folder(world, world.stack.folder)
    done = world.operation(world.mutt("config", "publish", "--reason", "INC-1182", "-o", "json"))
    with world.unchanged():
        made = world.mutt("bundle", "--incident", "INC-1182", "--out", str(tmp_path), "-o", "json").json
    (archive,) = tmp_path.iterdir()
    assert made["path"] == str(archive)
    assert archive.name.endswith("Z-INC-1182.tar.gz")
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert [one["part"] for one in made["parts"] if one["state"] != "there"] == []
    files = unpacked(archive, tmp_path / "out")
    form = files["escalation.md"]
    assert form.startswith("Subject: MUTT v2.5 - [")
    for title in ("Severity", "Component", "Environment", "Issue Description", "Impact", "Steps to Reproduce",
                  "Observed Behavior", "Expected Behavior", "Troubleshooting Performed", "Logs and Evidence",
                  "Correlation IDs (if applicable)", "Configuration", "Suggested Next Steps"):  # fmt: skip
        assert f"\n{title}:" in form, title
    assert "mutt config publish (INC-1182) - done" in form
    assert done in form
    server = world.psql("SHOW server_version").split()[0]
    assert f"PostgreSQL Version: {server}" in form
    version = world.redis_cli("INFO", "server").partition("valkey_version:")[2].split()[0]
    assert f"Redis Version: valkey {version}" in form
    queues = {one["queue"]: one["depth"] for one in json.loads(files["status.json"])["queues"]}
    assert str(queues["dlq-moog"]) == world.redis_cli("LLEN", "mutt:dlq:moog")
    assert {one["service"] for one in map(json.loads, files["logs.jsonl"].splitlines())} >= {"ingestor", "alerter"}
    assert {one["state"] for one in json.loads(files["manifest.json"])["parts"]} == {"there"}
    named = tmp_path / "b.tar.gz"
    world.mutt("bundle", "--out", str(named))
    before = named.read_bytes()
    assert "exists already" in world.mutt("bundle", "--out", str(named), code=2).err
    assert named.read_bytes() == before
    assert "MUTT-U013" in world.mutt("bundle", "--out", str(tmp_path / "no" / "b.tar.gz"), code=1).err
    world.mutt("bundle", "--incident", "../../etc/passwd", "--out", str(tmp_path), code=2)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([archive.name, "b.tar.gz", "out"])


def test_a_secret_leaves_from_nowhere_and_hostile_text_is_inert(world: World, tmp_path: Path) -> None:
    canary, word = f"Zq{secrets.token_hex(12)}", secrets.token_hex(16)
    known = [secrets.token_hex(12) for _ in range(4)]
    logs = tmp_path / "logs"
    logs.mkdir()
    said = f"Moogsoft said {canary} {word} {' '.join(known)} {HOSTILE}"
    line = {
        "timestamp": "2099-01-01T00:00:00.000Z", "level": "ERROR", "message": said,
        "service": "alerter", "pod_name": canary, "correlation_id": canary, "extra": canary,
    }  # fmt: skip
    text = f"{json.dumps(line)}\npassword={canary}\nredis://u:{word}@h\n{canary}\n{HOSTILE}\n"
    (logs / "alerter.log").write_text(text)
    in_folder(
        world, logs, MUTT_STATE_DIR=str(tmp_path), DB_PASS=known[0], SOME_TOKEN=known[1],
        MOOG_WEBHOOK_URL=f"https://127.0.0.1:1/hook?key={known[2]}",
        PROMETHEUS_URL=f"http://u:{known[3]}@127.0.0.1:1",
    )  # fmt: skip
    (tmp_path / "crash-20260101T000000Z-1.txt").write_text(canary)
    letter = {
        "event_id": canary, "correlation_id": canary, "hostname": word, "message": f"{canary} {HOSTILE}",
        "_delivery": {"reason": canary, "error": f"{word} {HOSTILE}"},
    }  # fmt: skip
    world.redis_cli("RPUSH", "mutt:quarantine:ingest", json.dumps(letter))
    rule = f"('{canary}', '{word}', 'contains', 'major')"
    world.psql("INSERT INTO alert_rules (rule_name, pattern, match_type, severity) VALUES " + rule)  # noqa: S608
    argv, plan = json.dumps(["config", "set", f"x={canary}", canary]), json.dumps({"x": canary})
    operation = f"('op-CANARY', 'kim', 'bastion', 'up', 'config set', '{argv}', 'because {word}', '{plan}')"
    columns = "id, actor, host, context, command, argv, reason, plan"
    world.psql(f"INSERT INTO operations ({columns}) VALUES " + operation)  # noqa: S608
    try:
        made = world.mutt(
            "bundle", "--since", "1h", "--until", "2099-01-02T00:00:00Z", "--out", str(tmp_path), "-o", "json"
        ).json
    finally:
        world.psql("DELETE FROM operations WHERE id = 'op-CANARY'")
        world.psql(f"DELETE FROM alert_rules WHERE rule_name = '{canary}'")  # noqa: S608
        world.redis_cli("LREM", "mutt:quarantine:ingest", "0", json.dumps(letter))
    (archive,) = tmp_path.glob("mutt-bundle-*.tar.gz")
    files = unpacked(archive, tmp_path / "out")
    assert [one["part"] for one in made["parts"] if one["state"] != "there"] == []
    assert "op-CANARY" in files["operations.json"]
    assert "Moogsoft said <26> <32> *** ***" in files["logs.jsonl"]
    assert "crash-20260101T000000Z-1.txt" in files["crashes.json"]
    for name, content in files.items():
        assert canary not in content, name
        assert word not in content, name
        assert not any(one in content for one in known), name
        for bad in ("\x1b", "\x07", "\u202e", "<script", "`rm`"):
            assert bad not in content, (name, bad)


def test_no_value_of_vault_is_in_a_bundle(world: World, tmp_path: Path) -> None:
    in_folder(world, world.stack.folder)
    lines = Path(world.stack.environment["MUTT_ENV_FILE"]).read_text().splitlines()
    known = dict(line.split("=", 1) for line in lines)
    token, address = known["VAULT_TOKEN"], known["VAULT_ADDR"]
    stored = json.loads(world.curl("-H", f"X-Vault-Token: {token}", f"{address}/v1/secret/data/mutt/prod"))
    values = [str(one) for name, one in stored["data"]["data"].items() if len(str(one)) > 5]
    assert values
    world.mutt("bundle", "--out", str(tmp_path))
    (archive,) = tmp_path.glob("*.tar.gz")
    files = unpacked(archive, tmp_path / "out")
    for name, content in files.items():
        for value in (*values, token):
            assert value not in content, name


@pytest.mark.parametrize(
    ("dead", "parts"),
    [
        ({"REDIS_SOCKET": "/nowhere/redis.sock"}, {"redis", "dead-letters", "settings"}),
        ({"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1"}, {"database", "audit"}),
        ({"VAULT_ADDR": "http://127.0.0.1:1"}, {"vault", "token"}),
    ],
)
def test_with_a_dead_back_end_there_is_a_bundle_that_says_so(
    world: World, tmp_path: Path, dead: dict[str, str], parts: set[str]
) -> None:
    in_folder(world, world.stack.folder, **dead)
    made = world.mutt("bundle", "--out", str(tmp_path), "-o", "json", code=6).json
    failed = {one["part"]: one for one in made["parts"] if one["state"] == "failed"}
    assert parts - {"settings"} <= failed.keys()
    assert all(one["code"].startswith("MUTT-") and one["code"] != "MUTT-X001" for one in failed.values())
    (archive,) = tmp_path.glob("*.tar.gz")
    files = unpacked(archive, tmp_path / "out")
    told = {one["part"]: one for one in json.loads(files["manifest.json"])["parts"]}
    assert {name for name, one in told.items() if one["state"] == "failed"} == failed.keys()
    assert "could not be read (MUTT-" in files["escalation.md"]


def test_with_back_ends_that_never_answer_there_is_a_bundle_all_the_same(world: World, tmp_path: Path) -> None:
    with silent_back_ends(world.stack.folder) as silent:
        in_folder(world, world.stack.folder, **silent)
        made = world.mutt("bundle", "--out", str(tmp_path), "-o", "json", code=6).json
    (world.stack.folder / "silent.sock").unlink()
    states = {one["part"]: one["state"] for one in made["parts"]}
    assert (states["redis"], states["database"], states["vault"]) == ("failed", "failed", "failed")
    assert (states["logs"], states["configuration"], states["status"]) == ("there", "there", "there")
    assert made["severity"] == "P1-Critical"
    assert list(tmp_path.glob("mutt-bundle-*.tar.gz"))
