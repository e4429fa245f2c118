"""Redis Sentinel, or Valkey's: one on each of three hosts, watching the primary that MUTT asks for (SO:1240-1265).

Names instead of addresses, so that a host may move. Sentinel writes what it learns into this very file; `generate`
then takes it for changed and leaves it alone. It listens on loopback until an address is added: who reaches a Sentinel
can tell the others which server is the primary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.site import made, plain

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site
    from mutt_cli.settings import Redis

PATH: Final = "/etc/redis/sentinel.conf"
PORT: Final = 26379
SENTINELS: Final = 3
"""If the settings name none yet."""
DOWN_AFTER_MS: Final = 5000
FAILOVER_MS: Final = 10_000
THEN: Final = ("systemctl restart redis-sentinel", "redis-cli -p 26379 SENTINEL CKQUORUM mutt-master")


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """One Sentinel's configuration; the same on every host but for the address it listens on."""
    redis = site.settings.redis
    master = plain("REDIS_SENTINEL_MASTER", redis.sentinel_master)
    primary = site.reached_at("REDIS_HOST", redis.host)
    body = f"""\
# The other Sentinels must reach this one: add this host's own address, not 0.0.0.0.
bind 127.0.0.1
protected-mode yes
port {port_of(redis)}
sentinel resolve-hostnames yes
sentinel announce-hostnames yes

# The primary of now, the same on every host; {quorum(redis)} Sentinels must agree that it is gone.
sentinel monitor {master} {primary} {redis.port} {quorum(redis)}
sentinel down-after-milliseconds {master} {DOWN_AFTER_MS}
sentinel failover-timeout {master} {FAILOVER_MS}
sentinel parallel-syncs {master} 1
# If Redis wants a password (REDIS_PASS in Vault), and if the Sentinels shall want one of each other:
# sentinel auth-pass {master} PASSWORD
# requirepass PASSWORD
# sentinel sentinel-pass PASSWORD

# In the configuration of each Redis: appendonly yes, maxmemory-policy noeviction, and min-replicas-to-write 1, so that
# a primary that was cut off accepts nothing that the next one does not know. Replication is asynchronous: after a
# failover `muttctl reconcile` names what the last moments lost.
"""
    return (made(PATH, "sentinel", body, mode=0o640, owner="redis"),)


def quorum(redis: Redis) -> int:
    """More than half of the Sentinels."""
    return (len(redis.sentinels) or SENTINELS) // 2 + 1


def port_of(redis: Redis) -> int:
    """The port that the settings look for Sentinels on."""
    return int(redis.sentinels[0].rpartition(":")[2]) if redis.sentinels else PORT
