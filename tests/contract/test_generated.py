"""Generated files: the program each is meant for accepts it, values come from the settings, machines call `muttctl`."""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.systemd import UNIT_OF
from mutt_cli.commands import NOUNS
from mutt_cli.commands.generate import KINDS as COMMANDS
from mutt_cli.core.alarms import alarms
from mutt_cli.core.generated import KINDS as NAMES
from mutt_cli.core.generated import is_untouched
from mutt_cli.errors import ConfigError
from mutt_cli.present.generated import KINDS, Site
from mutt_cli.present.generated.prometheus import endpoints
from mutt_cli.present.generated.site import CERTIFICATE
from mutt_cli.present.generated.systemd import processes
from mutt_cli.settings import Settings
from tests.peers import peer
from tests.servers import short_folder

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.core.alarms import Alarm
    from mutt_cli.core.generated import GeneratedFile

DEFAULT = Site(Settings(), "mutt-a")


def made(kind: str, site: Site = DEFAULT) -> dict[str, GeneratedFile]:
    return {one.path: one for one in KINDS[kind].files(site)}


def written(kind: str, folder: Path, site: Site = DEFAULT, **instead: str) -> list[Path]:
    """The files of a kind in a folder, with words of this machine instead of those of an installation."""
    paths = []
    for file in made(kind, site).values():
        text = file.content
        for old, new in instead.items():
            text = text.replace(WORDS[old], new)
        path = folder / file.path.rpartition("/")[2]
        path.write_text(text)
        path.chmod(file.mode)
        paths.append(path)
    return paths


WORDS = {"program": DEFAULT.program, "certificate": CERTIFICATE, "host": DEFAULT.host}


def accepted(*command: str, folder: Path) -> str:
    """What the program says on both streams; its exit code must be 0."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    # It exits 0 for unknown keys and bad values too: only silence counts.
    analyze = peer("systemd-analyze", "systemd")
    units = written("systemd", tmp_path, program="/bin/true")
    assert accepted(analyze, "verify", *map(str, units), folder=tmp_path) == ""


def test_a_drill_has_a_timer_only_where_one_is_scheduled_and_systemd_takes_it(tmp_path: Path) -> None:
    settings = Settings()
    site = Site(replace(settings, drills=replace(settings.drills, interval=300)), "mutt-a")
    assert not [path for path in made("systemd", DEFAULT) if "drill" in path]
    found = {path.rpartition("/")[2]: file.content for path, file in made("systemd", site).items() if "drill" in path}
    assert "ExecStart=/opt/mutt/venv/bin/muttctl drill -q\n" in found["mutt-drill.service"]
    assert "OnUnitActiveSec=300\n" in found["mutt-drill.timer"]
    units = written("systemd", tmp_path, site, program="/bin/true")
    assert accepted(peer("systemd-analyze", "systemd"), "verify", *map(str, units), folder=tmp_path) == ""


def test_logrotate_takes_its_file() -> None:
    account = "daemon" if os.geteuid() == 0 else getpass.getuser()
    with short_folder() as folder:
        folder.chmod(0o755)
        (folder / "log").mkdir()
        (folder / "log" / "alerter.log").write_text("one\n")
        settings = with_settings(run_user=account, log_dir=f"{folder}/log")
        [path] = written("logrotate", folder, replace(DEFAULT, settings=settings))
        said = accepted(peer("logrotate", "logrotate"), "-d", "-s", f"{folder}/state", str(path), folder=folder)
    assert f"{folder}/log/*.log  after 1 days (30 rotations)" in said
    assert f"considering log {folder}/log/alerter.log" in said
    assert "error" not in said


def test_sudo_takes_its_file(tmp_path: Path) -> None:
    [path] = written("sudoers", tmp_path)
    assert "parsed OK" in accepted(peer("visudo", "sudo"), "-c", "-f", str(path), folder=tmp_path)
    assert path.stat().st_mode & 0o777 == 0o440


def test_haproxy_takes_its_file(tmp_path: Path) -> None:
    haproxy, openssl = peer("haproxy", "haproxy"), peer("openssl", "openssl")
    key, certificate, both = (tmp_path / name for name in ("key.pem", "cert.pem", "mutt.pem"))
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mutt", "-days", "2")
    accepted(openssl, *words, "-keyout", str(key), "-out", str(certificate), folder=tmp_path)
    both.write_text(certificate.read_text() + key.read_text())
    [path] = written("haproxy", tmp_path, certificate=str(both), host="127.0.0.1")
    said = accepted(haproxy, "-c", "-f", str(path), folder=tmp_path)
    assert "Configuration file is valid" in said
    assert "WARNING" not in said
    # Where the certificate is still to come the file is valid too, and says so.
    site = replace(DEFAULT, absent=frozenset({CERTIFICATE}))
    [path] = written("haproxy", tmp_path, site, host="127.0.0.1")
    assert "no SSL certificate specified" in accepted(haproxy, "-c", "-f", str(path), folder=tmp_path)
    assert KINDS["haproxy"].notes(site) == (f"{CERTIFICATE} is not here yet",)


def test_prometheus_takes_rules_and_jobs(tmp_path: Path) -> None:
    promtool = peer("promtool", "prometheus")
    [rules] = written("prometheus-rules", tmp_path)
    number = len(alarms(DEFAULT.settings)) + 4
    assert f"SUCCESS: {number} rules found" in accepted(promtool, "check", "rules", str(rules), folder=tmp_path)
    [jobs] = written("prometheus-scrape", tmp_path)
    assert "SUCCESS" in accepted(promtool, "check", "config", str(jobs), folder=tmp_path)


def test_prometheus_fires_each_alert_beyond_its_threshold_and_not_at_it(tmp_path: Path) -> None:
    promtool = peer("promtool", "prometheus")
    [rules] = written("prometheus-rules", tmp_path)
    judged = [one for one in alarms(DEFAULT.settings) if one.reading != "p95"]
    # JSON is YAML.
    tests = [firing(alarm, bad=bad) for alarm in judged for bad in (True, False)]
    told = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "tests.yml").write_text(json.dumps(told))
    assert "SUCCESS" in accepted(promtool, "test", "rules", "tests.yml", folder=tmp_path)


def firing(alarm: Alarm, *, bad: bool) -> dict[str, Any]:
    """A test of promtool: one series for half an hour, beyond the threshold or just not."""
    worse = {">": 1, "<": -1, "==": 0}[alarm.sign]
    better = {">": 0, "<": 0, "==": 1}[alarm.sign] if alarm.reading != "per_minute" else -min(1, alarm.threshold)
    value = alarm.threshold + (worse if bad else better)
    # Another instance is well, unless all of them must be bad.
    other = value if (alarm.reading, alarm.sign) == ("most", "==") else alarm.threshold + better
    other = 0 if alarm.reading == "per_minute" else other
    alert = {
        "exp_labels": {"severity": alarm.severity},
        "exp_annotations": {"summary": alarm.says, "try": f"muttctl {alarm.command}"},
    }
    expected = {"eval_time": "20m", "alertname": alarm.name, "exp_alerts": [alert] if bad else []}
    series = [one_series(alarm, "mutt-a", value), one_series(alarm, "mutt-b", other)]
    return {"interval": "1m", "input_series": series, "alert_rule_test": [expected]}


def one_series(alarm: Alarm, instance: str, value: float) -> dict[str, str]:
    labels = [*alarm.labels, *([("job", UNIT_OF[alarm.service])] if alarm.service else ()), ("instance", instance)]
    named = ",".join(f"{name}={json.dumps(text)}" for name, text in labels)
    values = f"0+{value:g}x30" if alarm.reading == "per_minute" else f"{value:.12g}+0x30"
    return {"series": f"{alarm.metric}{{{named}}}", "values": values}


@pytest.mark.parametrize("kind", ["rsyslog", "rsyslog-forward"])
def test_rsyslog_takes_its_file_beside_that_of_a_distribution(kind: str, tmp_path: Path) -> None:
    rsyslogd = peer("rsyslogd", "rsyslog rsyslog-gnutls")
    path = written(kind, tmp_path)[0]
    main = tmp_path / "rsyslog.conf"
    main.write_text(f'global(workDirectory="{tmp_path}")\ninclude(file="{path}")\n')
    said = accepted(rsyslogd, "-N1", "-f", str(main), folder=tmp_path)
    assert [line for line in said.splitlines() if "config validation run" not in line] == []


@pytest.mark.parametrize("kind", ["filebeat", "prometheus-rules", "prometheus-scrape"])
def test_yaml_is_yaml(kind: str, tmp_path: Path) -> None:
    [path] = written(kind, tmp_path)
    rules = "{extends: relaxed, rules: {line-length: disable}}"
    assert accepted(peer("yamllint", "yamllint"), "--strict", "-d", rules, str(path), folder=tmp_path) == ""


@pytest.mark.parametrize("kind", ["rsyslog", "snmptrapd"])
def test_programs_of_senders_are_sound_shell(kind: str, tmp_path: Path) -> None:
    program = written(kind, tmp_path)[1]
    assert os.access(program, os.X_OK)
    assert accepted(peer("shellcheck", "shellcheck"), str(program), folder=tmp_path) == ""


def test_every_kind_is_a_command_and_has_files() -> None:
    assert list(COMMANDS) == list(KINDS) == list(NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_plain_text_that_is_recognised_later(kind: str) -> None:
    for path, file in made(kind).items():
        assert path.startswith("/")
        assert is_untouched(file.content.encode())
        assert file.content.isascii()
        assert "\r" not in file.content


@pytest.mark.parametrize("kind", KINDS)
def test_no_machine_is_told_to_call_the_name_of_a_mail_client(kind: str) -> None:
    bare = re.compile(rf"(?<![\w./-])mutt (?:{'|'.join(noun.name for noun in NOUNS)}|health|dlq|logs)\b")
    for file in made(kind).values():
        assert bare.findall(file.content) == []


def test_services_run_by_an_absolute_path_and_stop_restarting_on_a_wrong_setting() -> None:
    units = made("systemd", replace(DEFAULT, program="/usr/bin/muttctl"))
    for service, unit in UNIT_OF.items():
        text = units[f"/etc/systemd/system/{unit}.service"].content
        assert f"\nExecStart=/usr/bin/muttctl daemon {service}\n" in text
        assert "\nRestart=on-failure\n" in text
        assert "\nRestartPreventExitStatus=78\n" in text
        assert "\nPartOf=mutt.target\n" in text
        assert "\nTimeoutStopSec=45\n" in text
        assert re.search(r"\nMemoryMax=\d+M\n", text)
    health = units["/etc/systemd/system/mutt-health.service"].content
    assert "\nExecStart=/usr/bin/muttctl health -q --textfile /" in health


def test_services_start_in_the_documented_order_and_stop_in_the_other() -> None:
    units = made("systemd")
    order = list(UNIT_OF.values())
    for number, unit in enumerate(order):
        text = units[f"/etc/systemd/system/{unit}.service"].content
        after = re.search(r"\nAfter=(.*)\n", text)
        assert after
        assert [one for one in order if f"{one}.service" in after[1].split()] == order[:number]


def test_memory_is_bounded_by_what_a_service_is_made_of() -> None:
    settings = with_settings(alerter_workers=3)
    assert (processes(DEFAULT.settings, "alerter"), processes(settings, "alerter")) == (4, 6)
    units = made("systemd", replace(DEFAULT, settings=settings))
    assert "\nMemoryMax=3072M\n" in units["/etc/systemd/system/mutt-alerter.service"].content


def test_ports_paths_and_names_are_those_of_the_settings() -> None:
    settings = with_settings(port=18080, log_dir="/srv/log", state_dir="/srv/state", database="events", run_user="ops")
    site = replace(DEFAULT, settings=settings)
    assert "server ingestor1 mutt-a:18080 check" in made("haproxy", site)["/etc/haproxy/haproxy.cfg"].content
    assert "http://mutt-a:18080/ingest" in made("rsyslog", site)["/usr/local/lib/mutt/rsyslog-ingest"].content
    assert "/srv/log/*.log {" in made("logrotate", site)["/etc/logrotate.d/mutt"].content
    assert 'file="/srv/log/moog-forwarder.log"' in made("rsyslog-forward", site)["/etc/rsyslog.d/mutt.conf"].content
    assert (
        "events = host=localhost port=5432 dbname=events"
        in made("pgbouncer", site)["/etc/pgbouncer/pgbouncer.ini"].content
    )
    unit = made("systemd", site)["/etc/systemd/system/mutt-alerter.service"].content
    assert "\nUser=ops\n" in unit
    assert "\nReadWritePaths=/srv/state /srv/log\n" in unit
    assert endpoints(site)["alerter"] == ("mutt-a", settings.alerter.metrics_port)


def test_a_pooler_that_the_settings_point_to_is_not_pointed_at_itself() -> None:
    site = replace(DEFAULT, settings=with_settings(database_port=6432))
    assert " port=5432 " in made("pgbouncer", site)["/etc/pgbouncer/pgbouncer.ini"].content


def test_a_settings_file_of_its_own_is_named_in_the_units() -> None:
    units = made("systemd", replace(DEFAULT, env_file="/srv/mutt.env"))
    assert "\nEnvironment=MUTT_ENV_FILE=/srv/mutt.env\n" in units["/etc/systemd/system/mutt-webui.service"].content
    assert "MUTT_ENV_FILE" not in made("systemd")["/etc/systemd/system/mutt-webui.service"].content


@pytest.mark.parametrize("value", ["/srv/a b", "/srv/%h", "/srv/x\nExecStartPre=/bin/evil", '/srv/"', "/srv/$HOME"])
def test_a_value_that_would_be_read_as_more_than_a_value_is_refused(value: str) -> None:
    site = replace(DEFAULT, settings=with_settings(log_dir=value))
    for kind in ("systemd", "logrotate", "rsyslog-forward", "filebeat"):
        with pytest.raises(ConfigError) as refused:
            KINDS[kind].files(site)
        assert refused.value.code == "MUTT-C107"


def with_settings(  # noqa: PLR0917  each is one setting
    port: int = 8080, log_dir: str = "", state_dir: str = "", run_user: str = "", database: str = "mutt",
    database_port: int = 5432, alerter_workers: int = 1,
) -> Settings:  # fmt: skip
    base = Settings()
    return replace(
        base,
        ingest=replace(base.ingest, port=port),
        log=replace(base.log, directory=log_dir),
        platform=replace(base.platform, state_dir=state_dir, run_user=run_user),
        postgres=replace(base.postgres, db=database, port=database_port),
        alerter=replace(base.alerter, workers=alerter_workers),
    )
