"""Errors of the services, and of asking them."""

from typing import Final

from mutt_cli.core.explained import told

CODES: Final = {
    "MUTT-D101": told(
        "The ingestor did not take the events: it is away, full, or told senders to wait.",
        "What it has not answered may or may not be queued. Sending again is safe: the same call carries the same key.",
        "mutt status", "mutt queue show ingest", "mutt config get INGEST_QUEUE_CAP",
    ),
    "MUTT-D103": told(
        "Something answers at the ingestor's address and does not speak like MUTT's ingestor.",
        "It is not known what became of the events that were sent there.",
        "mutt config get INGESTOR_PORT", "mutt status ingestor",
    ),
    "MUTT-D110": told(
        "Another process of this host runs under the same worker name.",
        "It goes on. A second one would share its list of work in hand, so it does not start.",
        "mutt status --services",
    ),
    "MUTT-D111": told(
        "A worker of the same name is alive, perhaps on another host.",
        "It goes on. This one does not start, because both would take the other's work for their own.",
        "mutt status --services", "mutt config get POD_NAME",
    ),
    "MUTT-D120": told(
        "A port cannot be listened on: taken, below 1024 without the right, or an address that is not here.",
        "The service does not start. systemd does not try again: the setting must change.",
        "ss -ltnp", "mutt config list --where 'key~PORT'",
    ),
    "MUTT-D121": told(
        "The folder in which workers add up their metrics cannot be made.",
        "The service does not start. systemd does not try again.",
        "mutt config get MUTT_STATE_DIR", "df -h /var/lib/mutt",
    ),
    "MUTT-D140": told(
        "The canary of a drill did not come through: it is late, lost, set aside, or was not taken.",
        "Events that come now fare as it did. The canary itself was taken away, or ends without being sent.",
        "mutt status", "mutt drill -vv", "mutt queue list",
    ),
    "MUTT-D150": told(
        "What mutt chaos broke was healed, and not all was well again within five minutes.",
        "Events wait where something is still wrong; none is lost by that.", "mutt doctor", "mutt health -v",
    ),
    "MUTT-D151": told(
        "After mutt chaos the ledger does not balance, or does not know an event that was answered 200.",
        "That event may be lost: to find that out is what the exercise is for.",
        "mutt reconcile", "mutt reconcile --repair --dry-run",
    ),
    "MUTT-D401": told(
        "The ingestor refused the API key.", "No further event was sent; those answered before are queued.",
        "mutt ingest send --api-key-file PATH --message TEXT --dry-run",
    ),
    "MUTT-D402": told(
        "The API key is empty, or has characters that no HTTP header can carry.", "Nothing was sent.",
        "mutt ingest send --api-key-file PATH --message TEXT --dry-run",
    ),
    "MUTT-D410": told(
        "There are log files, and this account may not read them.",
        "None: daemons go on writing them.", "id", "mutt config get LOG_DIR",
    ),
    "MUTT-D411": told(
        "No log of these services was found, neither in the systemd journal nor in files.",
        "None by itself; what the daemons say is not seen from here.",
        "mutt status --services", "mutt config get LOG_DIR",
    ),
    "MUTT-D420": told(
        "No daemon answered on its metrics address.",
        "Unknown: figures are missing, daemons may work.", "mutt status --services", "mutt logs --since 10m",
    ),
    "MUTT-D430": told(
        "Prometheus did not answer, or what answered is no Prometheus.",
        "None: objectives are judged by its figures only where PROMETHEUS_URL is set.",
        "mutt config get PROMETHEUS_URL", "mutt slo show",
    ),
}  # fmt: skip
