"""A claim has one holder: among many processes, after a death, and when the dead come back."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yolo_slice.study import claim as claims
from yolo_slice.study.claim import FIRST, STALE_S, Claim, Holder, is_claimed, take_claim

CODE = """
import sys, time
from pathlib import Path
from yolo_slice.study.claim import take_claim
while not Path(sys.argv[2]).exists(): time.sleep(0.001)
print("mine" if take_claim(Path(sys.argv[1])) else "theirs", flush=True)
sys.stdin.read()
"""
ELSEWHERE = Holder("0" * 32, "another machine", 1, 0.0)


def claimant(folder: Path, start: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(folder), str(start)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def answers(processes: list[subprocess.Popen[str]]) -> list[str]:
    return [process.stdout.readline().strip() for process in processes if process.stdout]


def end(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


def write_claim(folder: Path, holder: Holder, age_s: float) -> Path:
    import json
    from dataclasses import asdict

    file = folder / FIRST
    file.write_text(json.dumps(asdict(holder)))
    os.utime(file, (time.time() - age_s,) * 2)
    return file


@pytest.mark.long
def test_of_many_processes_one_gets_it_and_of_many_that_see_it_die_one_takes_over(tmp_path: Path) -> None:
    folder = tmp_path / "cell"
    folder.mkdir()
    first = [claimant(folder, tmp_path / "go") for _ in range(5)]
    (tmp_path / "go").touch()
    assert sorted(answers(first)) == ["mine"] + ["theirs"] * 4
    end(first)  # by kill -9: nothing is released
    assert (folder / FIRST).exists()
    second = [claimant(folder, tmp_path / "again") for _ in range(5)]
    (tmp_path / "again").touch()
    assert sorted(answers(second)) == ["mine"] + ["theirs"] * 4
    assert take_claim(folder) is None
    end(second)
    claim = take_claim(folder)
    assert claim is not None
    claim.release()
    assert [*folder.iterdir()] == []


def test_of_many_threads_that_see_a_dead_claim_one_takes_over(tmp_path: Path) -> None:
    for _ in range(20):
        write_claim(tmp_path, ELSEWHERE, STALE_S + 1)
        with ThreadPoolExecutor(8) as pool:
            taken = [claim for claim in pool.map(take_claim, [tmp_path] * 8) if claim]
        assert len(taken) == 1
        taken[0].release()
        assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("age_s", "is_living"), [(STALE_S - 20, True), (STALE_S + 20, False)])
def test_a_process_elsewhere_lives_as_long_as_it_beats(tmp_path: Path, age_s: float, is_living: bool) -> None:
    write_claim(tmp_path, ELSEWHERE, age_s)
    assert is_claimed(tmp_path, time.time()) is is_living
    assert (take_claim(tmp_path) is None) is is_living


def test_a_process_here_is_dead_at_once_even_if_its_number_was_given_again(tmp_path: Path) -> None:
    claim = take_claim(tmp_path)
    assert claim is not None
    assert is_claimed(tmp_path, time.time() + 10 * STALE_S)  # it lives, however long ago it has beaten
    write_claim(tmp_path, Holder("1" * 32, claim.holder.host, claim.holder.pid, claim.holder.born - 100), 0)
    assert not is_claimed(tmp_path, time.time())


def test_who_lost_a_claim_notices_and_does_not_release_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "BEAT_S", 0.01)
    sleeper = Claim(write_claim(tmp_path, ELSEWHERE, STALE_S + 1), ELSEWHERE)
    assert sleeper.beat()
    os.utime(sleeper.file, (0, 0))
    other = take_claim(tmp_path)
    assert other is not None
    lost: list[bool] = []
    with sleeper.kept(lambda: None, lambda: lost.append(True)):
        time.sleep(0.2)
    assert lost == [True]
    assert other.is_held()
    assert take_claim(tmp_path) is None


def test_beats_renew_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_S", 0.01)
    claim = take_claim(tmp_path)
    assert claim is not None
    os.utime(claim.file, (0, 0))
    with claim.kept(lambda: None, lambda: None):
        time.sleep(0.2)
        assert time.time() - claim.file.stat().st_mtime < 60
    assert not claim.file.exists()


def test_an_unreadable_claim_is_taken_over_when_it_is_old(tmp_path: Path) -> None:
    file = tmp_path / FIRST
    file.write_text('{"tok')
    assert take_claim(tmp_path) is None
    os.utime(file, (0, 0))
    assert take_claim(tmp_path) is not None
    assert take_claim(tmp_path) is None
