"""Messages of a queue to a file and back, and the backup that every purge makes first."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import message_file, operation_slices, transfer
from mutt_cli.adapters.clock import IdSource, now_ms, utc_now
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.message_file import Writer
from mutt_cli.adapters.operation_slices import Slice
from mutt_cli.adapters.transfer import SLICE
from mutt_cli.core import pipeline
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.core.transfer import Hand, arrival
from mutt_cli.errors import MuttError, UsageError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_work import Progress
from mutt_cli.ops.paging import PAGE_BYTES
from mutt_cli.ops.survey import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mutt_cli.adapters.message_file import Written
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.selection import Selection
    from mutt_cli.ops.backends import Backends


@dataclass(frozen=True)
class Filling:
    """Putting the messages of a file into a queue, as one operation."""

    file: Path
    target: Queue
    operation: str
    actor: str
    purged_before: bool = False
    """Whether the file is the backup of a purge that is taken back."""
    only: Counter[bytes] | None = None
    """Names of the messages that are meant (as slices name them) and how often each; None = all."""


def backup_folder(backends: Backends, environ: Mapping[str, str]) -> Path:
    """MUTT_BACKUP_DIR, else `backups` in the state folder."""
    chosen_dir = backends.settings.platform.backup_dir
    return Path(chosen_dir) if chosen_dir else state_dir(environ) / "backups"


@contextmanager
def writing(path: Path, why: str) -> Iterator[None]:
    """The block writes this file whole or not at all. Raises MuttError MUTT-U013 with `why` where it cannot be."""
    try:
        yield
    except OSError as error:
        raise MuttError(
            f"{path} cannot be written: {error.strerror or error}", code="MUTT-U013", why=why,
            tries=(f"df -h {path.parent}", f"ls -ld {path.parent}"),
        ) from error  # fmt: skip


def export(
    backends: Backends, queue: Queue, selection: Selection, path: Path, tell: Callable[[int], None] = lambda _: None
) -> Written:
    """Write the messages that are meant to a new file, and read it back. Raises MuttError MUTT-U013 if it cannot be."""
    if path.exists():
        raise UsageError(f"{path} exists already", tries=("choose another name",))
    head = {"queue": queue.name, "key": queue.key(backends.keys), "created_at": utc_now()}
    with writing(path, "nothing was taken from the queue"), Writer(path, head) as writer:
        for message in chosen(backends, queue, selection):
            writer.add(message.element)
            tell(writer.count)
        written = writer.finish()
    message_file.verify(path)
    return written


def fill(
    backends: Backends, filling: Filling, total: int, tell: Callable[[Progress], None] = lambda _: None
) -> Progress:
    """Put the messages in, slice by slice, each once; a second run goes on where the first one ended."""
    if filling.target.kind != "list":  # were it empty, a list would take the place of what its workers keep there
        raise ValueError(f"{filling.target.name} is no list")
    progress, ids = Progress(total, wanted=total), IdSource()
    done = transfer.last_slice(backends.redis(), backends.keys, filling.operation)
    for number, elements in enumerate(_slices(filling), start=1):
        if number > done:
            _put(backends, filling, number, elements, ids.new())
        progress.moved += len(elements)
        progress.looked = progress.moved
        tell(progress)
    progress.by_target[filling.target.name] = progress.moved
    return progress


def _put(backends: Backends, filling: Filling, number: int, elements: list[bytes], uid: str) -> None:
    hand, before = Hand(filling.operation, filling.actor, now_ms()), filling.purged_before
    arrivals = [arrival(one, filling.target, hand, purged_before=before) for one in elements]
    names = tuple(operation_slices.name_of(payload_hash(one)) for one in elements)
    slices.write_down(backends, filling.operation, Slice(number, "", names, ()))
    put = slices.insist(
        partial(
            transfer.put, backends.redis(), backends.keys, arrivals, operation=filling.operation, number=number,
            target=filling.target.key(backends.keys), uid=uid,
        )
    )  # fmt: skip
    if not put:
        slices.require_ours(backends, filling.operation, number)


def target_of_import(backends: Backends, name: str) -> Queue:
    """The queue that a file is put into. Raises UsageError where nothing is put in by hand."""
    queue = queues.named(name, queues.everything(backends), backends)
    if queue.kind != "list" or pipeline.worker_of(queue.name):
        raise UsageError(f"nothing is put into {queue.name} by hand: {queue.meaning}", tries=("mutt queue list",))
    return queue


def _slices(filling: Filling) -> Iterator[list[bytes]]:
    """The messages of the file in the same slices each time."""
    meant = _meant(filling)
    while elements := list(islice(meant, SLICE)):
        size, kept = 0, list[bytes]()
        for one in elements:
            size += len(one)
            if kept and size > 4 * PAGE_BYTES:
                yield kept
                size, kept = len(one), []
            kept.append(one)
        yield kept


def _meant(filling: Filling) -> Iterator[bytes]:
    left = Counter(filling.only or {})
    for one in message_file.read(filling.file):
        if filling.only is None:
            yield one
            continue
        name = operation_slices.name_of(payload_hash(one))
        if left[name] > 0:
            left[name] -= 1
            yield one
