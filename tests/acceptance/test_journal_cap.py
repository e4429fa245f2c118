"""While nobody stores history, the journal stays within its cap and alerts go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.keys import Keys
from tests.stack import eventually, received_ids, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

CAP = 1 << 20


def test_full_journal_costs_history_and_no_alert(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, JOURNAL_MAX_BYTES=str(CAP), DEDUPE_WINDOW="0") as stack:
        client = stack.redis
        client.set(Keys().historian, "a historian that never stores")
        stack.start("ingestor", "alerter", "forwarder")
        padding, sent = "x" * 4000, []
        for number in range(8):
            answer = stack.send(*[{"message": f"LINK {number}.{n} down", "padding": padding} for n in range(60)])
            sent += [item["event_id"] for item in answer["items"]]
            eventually(lambda: client.llen(Keys().ingest_queue) == 0, "the alerter has decided them")
            if number == 4:
                eventually(lambda: "JOURNAL_MAX_BYTES" in stack.log("alerter"), "the alerter says what gives way")
        eventually(lambda: set(sent) <= set(received_ids(stack)), "every alert arrives", 40)
        assert int(client.hget(Keys().ledger, "history_skipped") or 0) > 0
        client.delete(Keys().historian)
        stored = "SELECT count(DISTINCT event_id) FROM event_history WHERE stage = 'alerter'"
        eventually(lambda: stack.query(stored) == [(len(sent),)], "the rows that were kept are stored")
