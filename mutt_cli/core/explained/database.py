"""Errors of PostgreSQL, and of what is kept there: rules, hosts, teams, the audit."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-P101": told(
        "PostgreSQL did not answer in time.",
        "Alerts go on: alerters decide with the rules they have, and history waits in the journal in Redis.",
        "mutt db status", "mutt config list --where 'key~POSTGRES'", "systemctl status postgresql",
    ),
    "MUTT-P102": told(
        "PostgreSQL refused the login: role, password, database or pg_hba.conf do not fit together.",
        "Alerts go on with the rules that are cached. A service that starts now has no rules to start with.",
        "mutt config list --where 'key~POSTGRES'", "mutt db status",
    ),
    "MUTT-P103": told(
        "All connections of the server are taken.",
        "Alerts go on with the rules that are cached; history waits in the journal.",
        "mutt config get POSTGRES_POOL_MAX", "psql -c 'SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY"
        " 1, 2'",
    ),
    "MUTT-P104": told(
        "The server was reached and a statement took too long: a lock, a slow disk, or too much asked at once.",
        "What was asked did not happen. Alerts do not wait for it.",
        "mutt db status", "mutt event search --since 15m",
    ),
    "MUTT-P105": told(
        "A table or column is not there: the schema is older than this program, or the role lacks a right.",
        "Commands and services that need it refuse; alerts go on with the rules that are cached.",
        "mutt db status", "mutt db migrate --dry-run",
    ),
    "MUTT-P201": told(
        "A migration that was applied is not the one this program ships.",
        "Nothing is migrated: the schema might not be what the program believes.",
        "mutt db status", "mutt version",
    ),
    "MUTT-P202": told(
        "A migration failed. All migrations of one run are one transaction, so the schema is as it was.",
        "None: alerts go on.",
        "mutt db status", "mutt db migrate --dry-run",
    ),
    "MUTT-P203": told(
        "A migration waited for a lock that a long transaction or another migration holds, and gave up.",
        "None: it waits briefly on purpose, because everybody else would queue up behind it.",
        "mutt db status", "mutt db migrate",
    ),
    "MUTT-P301": told(
        "There is no rule of that id or name.", "None.", "mutt rule list", "mutt audit list --since 7d",
    ),
    "MUTT-P302": told(
        "The rule would not work, or the database does not take it: a pattern that RE2 cannot compile, a severity or"
        " a priority out of range, a field that does not exist.",
        "None: a rule is stored whole or not at all, and the rules in use stay.",
        "mutt rule list -o wide", "mutt rule show ID",
    ),
    "MUTT-P303": told(
        "Somebody changed the same thing between your look at it and your change.",
        "None: nothing was changed, so nobody's work is lost.",
        "mutt audit list --since 1h", "mutt rule history ID",
    ),
    "MUTT-P304": told(
        "Another rule has that name.", "None. Two rules of one name could not be told apart in alerts and reports.",
        "mutt rule list",
    ),
    "MUTT-P305": told(
        "Several rules have that name, made by SQL or the API.", "None: nothing was changed.", "mutt rule list",
    ),
    "MUTT-P306": told(
        "The rule has matched events, so alerts and history name it and it cannot be deleted.",
        "Switched off it matches nothing, and the past can still be explained.",
        "mutt rule disable ID", "mutt rule show ID",
    ),
    "MUTT-P307": told(
        "The audit has no row of that number; old rows may have been removed.", "None.", "mutt audit list --since 7d",
    ),
    "MUTT-P311": told(
        "No host of that name is known. An unknown host is production, without a team of its own.",
        "Its events are still decided: the rule's team or UNHANDLED_DEFAULT_TEAM gets the alert.",
        "mutt host list", "mutt host add HOST --team TEAM --dry-run",
    ),
    "MUTT-P312": told(
        "What was said of a host cannot be stored: a name with blanks, a team that is none, an odd environment, or a"
        " file with a bad line.",
        "None: nothing was changed.",
        "mutt host list", "mutt host export",
    ),
    "MUTT-P313": told(
        "The host is there already.", "None: nothing was changed.", "mutt host show HOST",
        "mutt host set HOST --team TEAM --dry-run",
    ),
    "MUTT-P321": told(
        "No rule and no host names that team. Teams are not a list of their own: they are what rules and hosts say.",
        "None.", "mutt team list",
    ),
    "MUTT-P331": told(
        "There is no key of that name for the web UI and its API. Those in Vault are not listed here.",
        "None: nothing was changed.", "mutt apikey list",
    ),
    "MUTT-P332": told(
        "There is a key of that name already.",
        "None: nothing was changed. A key that is lost is revoked and made anew.", "mutt apikey list",
    ),
    "MUTT-P333": told(
        "No key can be made like that: its name is none, or its end lies behind us.",
        "None: nothing was changed.", "mutt apikey add NAME --role viewer --expires 90d --dry-run",
    ),
    "MUTT-P106": told(
        "A lock that another session holds was waited for in vain.",
        "None: what was done before stays done, the same command goes on with it.", "mutt db connections",
    ),
    "MUTT-P210": told(
        "The partition has no archive yet.",
        "None: no day is dropped that was not written to a file before.", "mutt db partition archive NAME",
    ),
    "MUTT-P211": told(
        "The partition has other rows than its archive.",
        "None: it was not dropped.", "mutt db partition archive NAME", "mutt db partition list",
    ),
    "MUTT-P212": told(
        "The archive cannot be written, or its file is damaged.",
        "None: no row was dropped.", "mutt db partition list",
    ),
    "MUTT-P213": told(
        "The day is not over: rows still come into its partition.",
        "None: nothing was changed.", "mutt db partition list",
    ),
    "MUTT-P214": told(
        "The disk has less room than the partitions take.",
        "None: nothing was changed.", "mutt db partition archive NAME",
    ),
    "MUTT-P220": told(
        "An index of that name exists with another definition.",
        "None: nothing was changed.", "mutt db index list",
    ),
    "MUTT-P221": told(
        "Another session is building that index now.",
        "None: nothing was changed.", "mutt db index list", "mutt db connections",
    ),
}  # fmt: skip
