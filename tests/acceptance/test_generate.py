"""`mutt generate` as people type it, without any back end: printed, written, kept, refused, interrupted, taken back."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.frame import Answer, code, mutt

if TYPE_CHECKING:
    from pathlib import Path

UNITS = "etc/systemd/system"
ENDS_IN_THE_THIRD = """
import os, signal, sys
from mutt_cli.adapters import system_files
from mutt_cli.cli import run
put, calls = system_files.put, []
def dies_in_the_third(*given):
    calls.append(given)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.{name})
    put(*given)
system_files.put = dies_in_the_third
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


def generate(state: Path, *words: str, **more: str) -> Answer:
    return mutt(state, "generate", *words, env=more)


def write(state: Path, kind: str, root: Path, *words: str) -> Answer:
    return generate(state, kind, "--write", "--root", str(root), *words)


def files(root: Path) -> dict[str, str]:
    return {str(one.relative_to(root)): one.read_text() for one in sorted(root.rglob("*")) if one.is_file()}


def operation(answer: Answer) -> str:
    return str(json.loads(answer.out)["operation"])


def noted(state: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (state / "operations.jsonl").read_text().splitlines()]


def test_what_is_printed_is_the_file_and_json_has_it_with_path_and_mode(tmp_path: Path) -> None:
    printed = generate(tmp_path, "sudoers")
    told = json.loads(generate(tmp_path, "sudoers", "-o", "json").out)
    [file] = told["items"]
    assert (printed.code, printed.out) == (0, file["content"])
    assert (file["path"], file["mode"], file["state"]) == ("/etc/sudoers.d/mutt", "0440", None)
    assert generate(tmp_path, "sudoers", "-o", "name").out == "/etc/sudoers.d/mutt\n"


def test_several_files_are_printed_each_under_its_path(tmp_path: Path) -> None:
    out = generate(tmp_path, "systemd").out
    told = json.loads(generate(tmp_path, "systemd", "-o", "json").out)
    assert len(told["items"]) == 8
    for file in told["items"]:
        assert f"# {file['path']}\n{file['content']}" in out


def test_what_the_files_need_and_the_host_does_not_have_is_said_and_a_certificate_is_taken_when_it_is_there(
    tmp_path: Path, root: Path
) -> None:
    assert (
        "note: the account nobody-of-this-name is not here yet\n"
        in generate(tmp_path, "logrotate", MUTT_RUN_USER="nobody-of-this-name").err
    )
    first = write(tmp_path, "haproxy", root)
    assert "note: /etc/haproxy/certs/mutt.pem is not here yet" in first.err
    assert "ssl crt" not in files(root)["etc/haproxy/haproxy.cfg"]
    (root / "etc/haproxy/certs").mkdir()
    (root / "etc/haproxy/certs/mutt.pem").write_text("a certificate\n")
    again = write(tmp_path, "haproxy", root, "-o", "json")
    assert json.loads(again.out)["items"][0]["state"] == "renewed"
    assert "ssl crt /etc/haproxy/certs/mutt.pem" in files(root)["etc/haproxy/haproxy.cfg"]


def test_values_are_those_of_the_environment_and_the_file(tmp_path: Path) -> None:
    assert ":18080/ingest" in generate(tmp_path, "rsyslog", INGESTOR_PORT="18080").out
    (tmp_path / "test.env").write_text("LOG_DIR=/srv/mutt/log\n")
    assert "/srv/mutt/log/*.log {" in generate(tmp_path, "logrotate").out


def test_a_dry_run_shows_the_difference_and_writes_nothing(tmp_path: Path, root: Path) -> None:
    planned = write(tmp_path, "logrotate", root, "--dry-run", "-o", "json")
    told = json.loads(planned.out)
    assert (told["dry_run"], told["operation"], told["items"][0]["state"]) == (True, None, "created")
    assert "+    rotate 30\n" in planned.err
    assert files(root) == {}
    assert not (tmp_path / "operations.jsonl").exists()


def test_written_files_are_as_printed_and_a_second_time_nothing_is_done(tmp_path: Path, root: Path) -> None:
    first = write(tmp_path, "rsyslog", root, "-o", "json")
    assert first.code == 0
    told = json.loads(first.out)
    for file in told["items"]:
        path = root / file["path"].lstrip("/")
        assert path.read_text() == file["content"]
        assert f"{path.stat().st_mode & 0o777:04o}" == file["mode"]
    assert {one["state"] for one in told["items"]} == {"created"}
    again = json.loads(write(tmp_path, "rsyslog", root, "-o", "json").out)
    assert (again["operation"], {one["state"] for one in again["items"]}) == (None, {"same"})


def test_a_strict_umask_leaves_files_readable_for_whom_they_are(tmp_path: Path, root: Path) -> None:
    program = code("import os, sys; os.umask(0o077); from mutt_cli.cli import run; sys.exit(run(sys.argv[1:]))")
    done = mutt(tmp_path, "generate", "rsyslog", "--write", "--root", str(root), program=program)
    assert done.code == 0
    modes = {str(one.relative_to(root)): one.stat().st_mode & 0o777 for one in root.rglob("*")}
    assert modes["usr/local/lib/mutt"] == modes["usr/local/lib/mutt/rsyslog-ingest"] == 0o755
    assert modes["etc/rsyslog.d/mutt-ingest.conf"] == 0o644


def test_an_older_one_of_ours_is_renewed(tmp_path: Path, root: Path) -> None:
    write(tmp_path, "logrotate", root)
    (tmp_path / "test.env").write_text("LOG_DIR=/srv/log\n")
    told = json.loads(write(tmp_path, "logrotate", root, "-o", "json").out)
    assert told["items"][0]["state"] == "renewed"
    assert list(files(root)) == ["etc/logrotate.d/mutt"]
    assert "/srv/log" in files(root)["etc/logrotate.d/mutt"]


def test_a_file_that_somebody_changed_stays_and_ours_is_written_beside_it(tmp_path: Path, root: Path) -> None:
    write(tmp_path, "logrotate", root)
    place = root / "etc/logrotate.d/mutt"
    mine = place.read_text().replace("rotate 30", "rotate 60")
    place.write_text(mine)
    done = write(tmp_path, "logrotate", root, "-o", "json")
    told = json.loads(done.out)
    assert (done.code, told["items"][0]["state"], told["items"][0]["written_to"]) == (0, "kept", f"{place}.new")
    assert "-    rotate 60\n+    rotate 30\n" in done.err
    assert "is not as MUTT made it and stays" in told["warnings"][0]
    assert place.read_text() == mine
    assert "rotate 30" in files(root)["etc/logrotate.d/mutt.new"]


def test_a_configuration_of_the_distribution_and_a_masked_unit_stay(tmp_path: Path, root: Path) -> None:
    (root / "etc/haproxy").mkdir(parents=True)
    (root / "etc/haproxy/haproxy.cfg").write_text("global\n")
    (root / UNITS).mkdir(parents=True)
    (root / UNITS / "mutt-webui.service").symlink_to("/dev/null")
    assert write(tmp_path, "haproxy", root).code == write(tmp_path, "systemd", root).code == 0
    assert (root / "etc/haproxy/haproxy.cfg").read_text() == "global\n"
    assert (root / UNITS / "mutt-webui.service").is_symlink()
    assert (root / UNITS / "mutt-webui.service.new").exists()


def test_where_both_were_changed_nothing_is_written(tmp_path: Path, root: Path) -> None:
    place = root / "etc/logrotate.d/mutt"
    place.parent.mkdir(parents=True)
    place.write_text("mine\n")
    place.with_name("mutt.new").write_text("mine too\n")
    refused = write(tmp_path, "logrotate", root)
    assert (refused.code, "MUTT-G020" in refused.err) == (7, True)
    assert files(root) == {"etc/logrotate.d/mutt": "mine\n", "etc/logrotate.d/mutt.new": "mine too\n"}


@pytest.mark.parametrize(
    ("words", "more", "exits", "said"),
    [
        (("logrotate", "--root", "."), {}, 2, "go with --write"),
        (("logrotate", "--dry-run"), {}, 2, "go with --write"),
        (("logrotate", "--write", "--root", "/no/such/folder"), {}, 3, "there is no folder"),
        (("logrotate",), {"LOG_DIR": "/srv/a b"}, 1, "MUTT-C107"),
        (("logrotate", "--write"), {"MUTT_READ_ONLY": "1"}, 7, "MUTT-G001"),
        (("nagios",), {}, 2, "nagios"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, words: tuple[str, ...], more: dict[str, str], exits: int, said: str
) -> None:
    answer = generate(tmp_path, *words, **more)
    assert (answer.code, answer.out) == (exits, "")
    assert said in answer.err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, root: Path) -> None:
    (root / "etc").write_text("no folder\n")
    refused = write(tmp_path, "logrotate", root, "-o", "json")
    assert (refused.code, refused.out, json.loads(refused.err.splitlines()[-1])["code"]) == (1, "", "MUTT-C108")
    assert str(noted(tmp_path)[-1]["result"]).startswith("failed: MUTT-C108")


def test_what_cannot_be_recorded_is_not_done(tmp_path: Path, root: Path) -> None:
    words = ("generate", "logrotate", "--write", "--root", str(root))
    refused = mutt(tmp_path, *words, env={"MUTT_STATE_DIR": "/proc/nowhere"})
    assert (refused.code, "MUTT-G003" in refused.err) == (7, True)
    assert files(root) == {}


@pytest.mark.parametrize(
    ("number", "exits"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["killed", "interrupted"]
)
def test_what_was_cut_short_can_be_finished_and_taken_back(
    tmp_path: Path, root: Path, number: signal.Signals, exits: int
) -> None:
    program = code(ENDS_IN_THE_THIRD.replace("{name}", number.name))
    words = ("generate", "systemd", "--write", "--root", str(root))
    assert mutt(tmp_path, *words, program=program).code == exits
    assert len(files(root)) == 2
    [first] = {str(one["id"]) for one in noted(tmp_path)}
    undone = mutt(tmp_path, "undo", first, "-o", "json")
    assert (undone.code, len(json.loads(undone.out)["restored"]), files(root)) == (0, 2, {})
    mutt(tmp_path, *words, program=program)
    again = write(tmp_path, "systemd", root, "-o", "json")
    states = [one["state"] for one in json.loads(again.out)["items"]]
    assert states == ["same"] * 2 + ["created"] * 6
    assert len(files(root)) == 8


def test_undo_puts_back_what_was_there_and_refuses_where_somebody_changed_it_since(tmp_path: Path, root: Path) -> None:
    write(tmp_path, "logrotate", root)
    before = files(root)
    (tmp_path / "test.env").write_text("LOG_DIR=/srv/log\n")
    last = operation(write(tmp_path, "logrotate", root, "-o", "json"))
    place = root / "etc/logrotate.d/mutt"
    ours = place.read_text()
    place.write_text(ours + "# mine\n")
    refused = mutt(tmp_path, "undo", last)
    assert (refused.code, "MUTT-G006" in refused.err) == (7, True)
    assert place.read_text() == ours + "# mine\n"
    place.write_text(ours)
    planned = mutt(tmp_path, "undo", last, "--dry-run")
    assert f"{place}: as it was before" in planned.out + planned.err
    assert place.read_text() == ours
    assert mutt(tmp_path, "undo", last).code == 0
    assert files(root) == before
    assert place.stat().st_mode & 0o777 == 0o644
