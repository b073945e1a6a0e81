"""Subjects one after the other, their trials, and the table."""

import importlib
import pkgutil
import random
import shlex
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

from torture import subjects
from torture.fell import FellError, NotTriedError
from torture.room import Room
from torture.settings import TortureSettings


@dataclass(slots=True)
class Row:
    """What came of a subject."""

    name: str
    held: int = 0
    fell: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0  # of the commands
    peak_mib: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)  # of what was not tried
    notes: list[str] = field(default_factory=list)


def run_subjects(settings: TortureSettings) -> int:
    """Run what is asked for; 1 if something fell."""
    names = [module.name for module in pkgutil.iter_modules(subjects.__path__)]
    if unknown := [name for name in settings.only if name not in names]:
        raise SystemExit(f"torture: unknown subject {unknown[0]}; subjects: {', '.join(names)}")
    rows = [_run(name, settings) for name in names if name in settings.only or not settings.only]
    print(_table(rows))
    return int(any(row.fell for row in rows))


def _run(name: str, settings: TortureSettings) -> Row:
    subject = importlib.import_module(f"{subjects.__name__}.{name}")
    row, started = Row(name), time.monotonic()
    for number, case in _trials(subject, settings):
        _try(subject, number, case, settings, row)
    row.seconds = time.monotonic() - started
    print(f"{name}: {row.held} held, {row.fell} fell, {row.seconds:.0f} s", flush=True)
    return row


def _trials(subject: ModuleType, settings: TortureSettings) -> Iterator[tuple[int, str]]:
    """Number the trials; the cases come in turn."""
    cases = subject.CASES
    if settings.trial is not None:
        yield settings.trial, cases[settings.trial % len(cases)]
        return
    if settings.fast:
        drawn = random.Random(f"{settings.seed}/{subject.__name__}").sample(range(subject.COUNT), subject.FAST)
        yield from ((number, cases[number % len(cases)]) for number in sorted(drawn))
        return
    minutes = settings.minutes if settings.minutes is not None else getattr(subject, "MINUTES", None)
    end = None if minutes is None else time.monotonic() + 60 * minutes
    number = 0
    while time.monotonic() < end if end is not None else number < subject.COUNT:
        if settings.case in (case := cases[number % len(cases)]):
            yield number, case
        number += 1


def _try(subject: ModuleType, number: int, case: str, settings: TortureSettings, row: Row) -> None:
    room = Room(f"{settings.seed}/{row.name}/{number}", settings.fast)
    fell = True
    try:
        subject.run(case, room)
        row.held, fell = row.held + 1, False
    except NotTriedError as reason:
        row.reasons[str(reason)] = row.reasons.get(str(reason), 0) + 1
        fell = False
    except FellError as fault:
        _tell(row, number, case, settings, room, str(fault))
    except Exception:  # a fault of the torture itself must not hide the rest
        _tell(row, number, case, settings, room, traceback.format_exc())
    row.peak_mib = max(row.peak_mib, room.peak_mib)
    row.cpu_s += room.cpu_s
    if room.note:
        row.notes.append(f"{case}: {room.note}")
    if not (fell and settings.keep):
        room.close()


def _tell(row: Row, number: int, case: str, settings: TortureSettings, room: Room, fault: str) -> None:
    row.fell += 1
    print(f"FELL {row.name}, {case}: {fault}")
    for words in room.commands[-2:]:
        print(f"     command: {shlex.join(words)}".encode(errors="backslashreplace").decode())
    kept = f"  # {room.root}" if settings.keep else ""
    print(f"     repeat:  make torture only={row.name} seed={settings.seed} trial={number}{kept}", flush=True)


def _table(rows: list[Row]) -> str:
    lines = ["", f"{'subject':<18}{'tried':>7}{'held':>7}{'fell':>7}{'seconds':>9}{'CPU s':>8}{'peak MiB':>10}"]
    for row in rows:
        counts = f"{row.held + row.fell:>7}{row.held:>7}{row.fell:>7}"
        lines.append(f"{row.name:<18}{counts}{row.seconds:>9.0f}{row.cpu_s:>8.0f}{row.peak_mib:>10.0f}")
        lines += [f"    {note}" for note in row.notes]
        lines += [f"    not tried, {count} times: {reason}" for reason, count in row.reasons.items()]
    return "\n".join(lines)
