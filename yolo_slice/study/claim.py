"""Who trains a cell: a file that only one process can make, and that shows that the process lives.

A claim whose process has died is not removed but succeeded: by a file named after the dead claim's token, which again
only one process can make. So of many that see the same dead claim exactly one takes over, on a shared disk, too.
"""

import contextlib
import hashlib
import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from yolo_slice.study.new_file import name_file

FIRST = "claim.json"
BEAT_S = 5.0
STALE_S = 180.0  # without a beat, on another machine; network file systems show changes up to a minute late


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that a claim is of.

    Attributes:
        token: Unique to the claim.
        host: Machine, its start and its process numbers.
        pid: Process number there.
        born: When the process started, seconds since 1970.
    """

    token: str
    host: str
    pid: int
    born: float


class Claim:
    """A claim that this process holds.

    Args:
        file: The claim's file.
        holder: This process.
    """

    def __init__(self, file: Path, holder: Holder) -> None:
        self.file, self.holder = file, holder

    def is_held(self) -> bool:
        """Whether nobody has taken over."""
        chain = _chain(self.file.parent)
        return bool(chain) and chain[-1][1] == self.holder

    def beat(self) -> bool:
        """Show that this process lives; False if somebody has taken over meanwhile."""
        if not self.is_held():
            return False
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.file)
        return True

    def release(self) -> None:
        """Give it back, if it is still held."""
        chain = _chain(self.file.parent)
        if chain and chain[-1][1] == self.holder:
            for file, _ in chain:  # the first is the one that others look for
                file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def kept(self, on_beat: Callable[[], None], on_loss: Callable[[], None]) -> Iterator[None]:
        """Beat while the body runs, and release at its end.

        Args:
            on_beat: Called after each beat, in a thread of its own.
            on_loss: Called in that thread if somebody has taken over, as after a long sleep of the machine.
        """
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(BEAT_S):
                if not self.beat():
                    on_loss()
                    return
                on_beat()

        thread = threading.Thread(target=work, name="claim", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.release()


def take_claim(folder: Path) -> Claim | None:
    """Claim a cell; None if a living process has it, or another one was faster.

    Args:
        folder: The cell's folder, which must exist.
    """
    process = psutil.Process()
    holder = Holder(uuid.uuid4().hex, _host(), process.pid, process.create_time())
    draft = folder / f"claim-{holder.token}.draft"
    draft.write_text(json.dumps(asdict(holder)), "utf-8")
    try:
        now = draft.stat().st_mtime  # of the clock that stamps the beats, which need not be ours
        target = folder / FIRST
        for file, other in _chain(folder):
            if is_living(file, other, now):
                return None
            target = _successor(file, other)
        return Claim(target, holder) if name_file(draft, target) else None
    finally:
        draft.unlink(missing_ok=True)


def is_claimed(folder: Path, now: float) -> bool:
    """Whether a living process has a cell.

    Args:
        folder: The cell's folder.
        now: Time of the clock that stamps files there, seconds since 1970.
    """
    chain = _chain(folder)
    return bool(chain) and is_living(*chain[-1], now)


def dead_drafts(folder: Path) -> list[Path]:
    """List drafts of claims whose processes died before they had made a claim of them."""
    found = []
    for draft in folder.glob("claim-*.draft"):
        with contextlib.suppress(FileNotFoundError):
            if not is_living(draft, _parse(draft.read_text("utf-8")), time.time()):
                found.append(draft)
    return found


def is_living(file: Path, holder: Holder | None, now: float) -> bool:
    """Whether a claim's process lives: known at once on its own machine, by its beats elsewhere."""
    if holder and holder.host == _host():
        return _runs(holder)
    try:
        return now - file.stat().st_mtime < STALE_S
    except FileNotFoundError:
        return False


def _runs(holder: Holder) -> bool:
    try:
        process = psutil.Process(holder.pid)
        return abs(process.create_time() - holder.born) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _chain(folder: Path) -> list[tuple[Path, Holder | None]]:
    """List the claim and those that have succeeded it; the last one counts."""
    chain: list[tuple[Path, Holder | None]] = []
    file = folder / FIRST
    while file not in [known for known, _ in chain]:
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            break
        chain.append((file, _parse(text)))
        file = _successor(*chain[-1])
    return chain


def _parse(text: str) -> Holder | None:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):  # made where files cannot be linked, by a process that died in that moment
        return None


def _successor(file: Path, holder: Holder | None) -> Path:
    return file.with_name(f"claim-{holder.token if holder else 'unreadable'}.json")


def _host() -> str:
    """Name this machine, since when it runs, and the space that process numbers are of: containers have their own."""
    facts = [platform.node()]
    with contextlib.suppress(OSError):
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip())
        facts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
