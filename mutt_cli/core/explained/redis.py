"""Errors of Redis or Valkey."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-R101": told(
        "Redis did not answer in time: it is down, still loading, a replica, or the network is cut.",
        "Ingestors answer 503 and senders keep their events; workers stop claiming and go on by themselves once Redis"
        " is back. What was queued is as safe as Redis keeps it on disk.",
        "mutt status", "mutt config list --where 'key~REDIS'", "systemctl status redis",
    ),
    "MUTT-R102": told(
        "Redis wants another password or user than MUTT has.",
        "As with a Redis that is away: nothing is accepted and nothing is forwarded, nothing is lost.",
        "mutt config list --where 'key~REDIS'", "redis-cli ACL WHOAMI",
    ),
    "MUTT-R103": told(
        "Redis answered no: the user lacks a right, or a script met something it cannot work with.",
        "The one step that was asked for did not happen; a script of MUTT changes everything or nothing.",
        "redis-cli ACL LOG 10", "mutt version",
    ),
    "MUTT-R104": told(
        "Redis answers and refuses writes: memory is full, the disk is full, or replicas are missing.",
        "Senders get 503 and keep their events. Messages that are queued stay, and can still be looked at.",
        "redis-cli INFO memory", "redis-cli INFO persistence", "mutt queue list", "redis-cli CONFIG GET maxmemory",
    ),
    "MUTT-R105": told(
        "This Redis may throw keys away when its memory is full (maxmemory-policy is not noeviction).",
        "A queue is one key: whole queues could vanish silently, so no service starts on it.",
        "redis-cli CONFIG SET maxmemory-policy noeviction", "redis-cli CONFIG REWRITE",
    ),
}  # fmt: skip
