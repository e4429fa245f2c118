"""The world in which the guides were written, in namespaces of its own: documented ports, paths, names and accounts.

`python -m tests.acceptance.guide_world` must be started by `unshare` as root. It makes a private /etc, /run and /tmp,
a private loopback, PostgreSQL, Redis and Vault on their ports, and the daemons as a host has them: configured by
/etc/mutt/mutt.env, which is the one that ships, with the two addresses that have no default. Then it brings about
each scene, runs the lines that presume it, and writes one JSON line for each. All of it is gone when it ends.
"""

from __future__ import annotations

import json
import pwd
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hvac
import psycopg

from mutt_cli.adapters import identity as accounts
from mutt_cli.adapters.engines.openbao import DevOpenBao
from mutt_cli.adapters.engines.postgres import Postgres
from mutt_cli.adapters.engines.valkey import Valkey
from mutt_cli.adapters.migrations import migrate
from mutt_cli.daemons.simulator import Simulator
from mutt_cli.ops.platform import sample_rules
from tests.acceptance.guide_scenes import FOLDER, SCENES, SECRETS, World, all_is_well
from tests.acceptance.guide_shell import Shell
from tests.guides import Line, lines
from tests.servers import owned_folder, running
from tests.stack import SOURCE_TREE

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS: Final = "10.77.0.1"
HOSTS: Final = {"127.0.0.1": "localhost", ADDRESS: "server-a", "10.77.0.2": "server-b", "10.77.0.3": "server-c"}
ACCOUNT: Final = "postgres"
SIMULATOR: Final = 8099
ENV_FILE: Final = Path("/etc/mutt/mutt.env")


def isolate() -> None:
    """A private /etc, /run, /tmp and loopback; every change ends with the namespace."""
    keep = [SOURCE_TREE, *([] if Path(sys.prefix).is_relative_to(SOURCE_TREE) else [Path(sys.prefix)])]
    _do("mount", "-t", "tmpfs", "tmpfs", "/run")
    _do("cp", "-a", "/etc", "/run/etc")
    _do("mount", "--bind", "/run/etc", "/etc")
    shadow = Path("/run/tmp")
    shadow.mkdir()
    shadow.chmod(0o1777)
    for path in (one for one in keep if one.is_relative_to("/tmp")):  # noqa: S108 - the sources may lie there
        (shadow / path.relative_to("/tmp")).mkdir(parents=True)  # noqa: S108
        _do("mount", "--bind", str(path), str(shadow / path.relative_to("/tmp")))  # noqa: S108
    _do("mount", "--rbind", str(shadow), "/tmp")  # noqa: S108
    _do("ip", "link", "set", "lo", "up")
    for address in list(HOSTS)[1:]:
        _do("ip", "address", "add", f"{address}/32", "dev", "lo")
    HOSTS["127.0.0.1"] = f"localhost {socket.gethostname()}"
    Path("/etc/hosts").write_text("".join(f"{address} {name}\n" for address, name in HOSTS.items()))
    shutil.rmtree("/etc/postgresql", ignore_errors=True)  # a cluster of the machine would choose the port
    shutil.rmtree("/etc/mutt", ignore_errors=True)
    Path("/etc/mutt").mkdir()
    _have_account()


def _have_account() -> None:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        with Path("/etc/passwd").open("a") as passwd, Path("/etc/group").open("a") as group:
            passwd.write(f"{ACCOUNT}:x:5432:5432::/:/bin/sh\n")
            group.write(f"{ACCOUNT}:x:5432:\n")


def _do(*words: str) -> None:
    subprocess.run(words, check=True, stdout=sys.stderr)


@contextmanager
def world() -> Iterator[World]:
    """A host with MUTT on it."""
    isolate()
    account = accounts.choose(ACCOUNT, (), {})
    FOLDER.mkdir()
    FOLDER.chmod(0o755)
    sockets = Path("/run/postgresql")
    owned_folder(sockets, account).chmod(0o755)
    postgres = Postgres(FOLDER / "postgres", sockets, FOLDER / "db.log", account, tcp=True, durable=False)
    data = owned_folder(FOLDER / "valkey", account)
    valkey = Valkey(data, data / "redis.sock", FOLDER / "redis.log", account, 6379)
    vault = DevOpenBao(8200, FOLDER / "vault.log", account, "token-of-mutt")
    with ExitStack() as stack:
        for engine in (postgres, valkey, vault):
            stack.enter_context(running(engine))
        simulator = stack.enter_context(Simulator("127.0.0.1", SIMULATOR))
        _configure(postgres, vault)
        made = World(simulator, postgres)
        stack.callback(lambda: made.stop(*made.daemons))
        yield made


def _configure(postgres: Postgres, vault: DevOpenBao) -> None:
    postgres.set_password(SECRETS["DB_PASS"])
    with psycopg.connect(postgres.conninfo(), autocommit=True) as conn:
        migrate(conn)
        sample_rules.add(conn)
    client = hvac.Client(url=vault.address, token=vault.root_token)
    client.secrets.kv.v2.create_or_update_secret(path="mutt/prod", secret=SECRETS)
    token = Path("/etc/mutt/vault_secret_id")
    token.write_text(f"{vault.root_token}\n")
    token.chmod(0o600)
    values = {
        "VAULT_ADDR": vault.address,
        "MOOG_WEBHOOK_URL": f"http://localhost:{SIMULATOR}/webhook",
        "MUTT_STATE_DIR": str(FOLDER / "state"),
    }
    shipped = (SOURCE_TREE / "deploy" / "mutt.env").read_text(encoding="utf-8")
    for name, value in values.items():
        assert f"\n{name}=\n" in shipped, name
        shipped = shipped.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    ENV_FILE.write_text(shipped, encoding="utf-8")
    password = FOLDER / ".pgpass"
    password.write_text(f"localhost:*:*:mutt_user:{SECRETS['DB_PASS']}\n")
    password.chmod(0o600)


def _placeholder(meaning: str) -> str:
    return SECRETS.get(meaning, ADDRESS)


def _in_order(wanted: list[Line]) -> list[Line]:
    order = list(SCENES)
    return sorted(wanted, key=lambda line: order.index(line.scene))


def main() -> None:
    """Run the lines whose names are given, or all."""
    wanted = [line for line in lines() if not sys.argv[1:] or line.name in sys.argv[1:]]
    with world() as made:
        all_is_well(made)
        shell = Shell(made.environment, _placeholder, made.received)
        for line in _in_order(wanted):
            SCENES[line.scene](made)
            told: dict[str, Any] = {"name": line.name, **asdict(shell.run(line))}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
