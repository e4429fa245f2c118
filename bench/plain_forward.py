"""The forwarder's work without its promises: pop an alert, post it, with the same client and as many threads.

No lease, no claim, no order of one signature, no breaker, no limiter, no ledger, no journal, no mapping to Moogsoft's
fields, no log: a crash loses what is in hand. Run by bench/forwarder.py, which compares the two.

    python -m bench.plain_forward SOCKET URL THREADS
"""

from __future__ import annotations

import sys
import threading
import time

import redis

from mutt_cli.adapters.moogsoft import MoogsoftClient

QUEUE = "plain:alerts"


def drain(socket: str, client: MoogsoftClient, number: int) -> None:
    """One thread, for ever."""
    queue = redis.Redis(unix_socket_path=socket, single_connection_client=True)
    while True:
        alert = queue.rpop(QUEUE)
        if isinstance(alert, bytes):
            client.post(alert, str(number))
        else:
            time.sleep(0.02)


def main(socket: str, url: str, threads: int) -> None:
    """Until killed."""
    client = MoogsoftClient(url)
    all_threads = [threading.Thread(target=drain, args=(socket, client, number)) for number in range(threads)]
    for thread in all_threads:
        thread.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
