"""Every command of `yolo-slice`, by what its settings class says: spellings, help, near matches, exit status."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from yolo_slice import __version__, cli
from yolo_slice.cli.command import command_names, load_command
from yolo_slice.settings import Setting, settings_of, written

NAMES = command_names()
SETTINGS = [(name, setting) for name in NAMES for setting in settings_of(load_command(name).settings)]
INSTEAD = {"truth": ["detections=b.json"], "detections": ["truth=a.json"]}  # of the example's words
ids = [f"{name} {setting.name}" for name, setting in SETTINGS]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def sample(setting: Setting) -> str:
    """Write a value that is not the default."""
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if setting.examples:
        return next(example for example in setting.examples if example not in setting.default)
    if setting.inner is bool:
        return str(not setting.default).lower()
    return {int: "128", float: "0.125", str: "word", Path: "some/file.yaml"}[setting.inner]


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=ids)
def test_three_spellings_of_every_setting_are_the_same(name: str, setting: Setting) -> None:
    command, value = load_command(name), sample(setting)
    base = [word for word in shlex.split(command.example) if "=" in word and word.split("=")[0] != setting.name]
    needed = [s.name for s in settings_of(command.settings) if s.is_required and s.name != setting.name]
    base += [f"{key}=x" for key in needed if not any(word.startswith(f"{key}=") for word in base)]
    base = INSTEAD.get(setting.name, base)
    spellings = [[f"{setting.name}={value}"], [f"--{setting.name}={value}"], [f"--{setting.name}", value]]
    first, *others = [command.read([*base, *words]) for words in spellings]
    assert written(getattr(first, setting.name)).lower() == value.lower()
    assert all(other == first for other in others)
    assert command.read([f"--{setting.name}", value, *base]) == first
    if setting.inner is bool:
        alone = command.read([f"--{setting.name}", *base])
        assert alone == command.read([*base, f"{setting.name}=True"])


@pytest.mark.parametrize("name", [name for name in NAMES if load_command(name).places])
def test_words_without_a_key_are_settings_with_one(name: str) -> None:
    command = load_command(name)
    places = {setting.name: setting for setting in settings_of(command.settings)}
    words = [sample(places[place]) for place in command.places]
    others = [f"{s.name}={sample(s)}" for s in places.values() if s.is_required and s.name not in command.places]
    keys = [f"{place}={word}" for place, word in zip(command.places, words, strict=True)]
    assert command.read([*words, *others]) == command.read([*others, *keys])


@pytest.mark.parametrize("name", NAMES)
def test_the_example_can_be_read(name: str) -> None:
    command = load_command(name)
    assert isinstance(command.read(shlex.split(command.example)), command.settings)


@pytest.mark.parametrize("name", ["", "data", *NAMES])
def test_help_at_every_level_in_every_spelling(capsys: pytest.CaptureFixture[str], name: str) -> None:
    words = name.split()
    status, text, _ = run(capsys, "help", *words)
    assert status == 0
    assert text.startswith(f"usage: yolo-slice {name}".rstrip())
    assert all(run(capsys, *words, word) == (0, text, "") for word in ("--help", "-h", "help"))
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_help_says_everything_of_every_setting(capsys: pytest.CaptureFixture[str], name: str) -> None:
    text = " ".join(run(capsys, "help", *name.split())[1].split())
    for setting in settings_of(load_command(name).settings):
        assert setting.text, f"{setting.name}: describe it in the docstring's Attributes section"
        assert f" {setting.name}= {setting.text}" in text
        facts = text.split(f" {setting.name}= {setting.text}")[1].split(")")[0]
        assert all(value in facts for value in setting.choices or setting.examples)
        if setting.default not in (None, "", ()) and not setting.is_required:
            assert f"default: {written(setting.default)}" in facts


def test_a_command_line_of_nothing_and_a_group_alone_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys)
    assert (status, text) == (0, run(capsys, "help")[1])
    assert all(f"\n  {name} " in text for name in NAMES)
    assert run(capsys, "data") == (0, run(capsys, "data", "--help")[1], "")
    assert "\n  cam score " in run(capsys, "cam", "--help")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cma"], "unknown command 'cma'; did you mean cam"),
        (["help", "cma"], "unknown command 'cma'; did you mean cam"),
        (["cmplexity", "--help"], "unknown command 'cmplexity'; did you mean complexity"),
        (["nonsense"], "unknown command 'nonsense'; commands: bench, cam, check"),
        (["--nonsense"], "unknown command '--nonsense'"),
        (["data", "convrt", "a"], "unknown command 'data convrt'; did you mean data convert"),
        (["data", "to=yolo"], "unknown command 'data to=yolo'"),
        (["cam", "scor"], "unknown command 'cam scor'; did you mean cam score?"),
        (["cam", "modle=x"], "unknown setting 'modle=x'; did you mean model="),
        (["list", "--jsno"], "unknown setting '--jsno'; did you mean json=?"),
        (["check", "x"], "'x' is not a setting"),
        (["check", "x=1"], "unknown setting 'x=1'; there are no settings"),
        (["cam", "model=a.pt", "source=b.png", "batch=0"], "batch=0: expected 1 or more"),
        (["data", "convert", "a", "to=vocc"], "to=vocc: expected one of "),
        (["compare"], "runs= is missing; for example: yolo-slice compare runs/detect"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"yolo-slice: {message}")
    assert err.count("\n") == 1


def test_work_that_cannot_be_done_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (["demo", str(tmp_path / "file" / "below")], ["data", "convert", str(tmp_path / "no"), "to=yolo"]):
        status, _, err = run(capsys, *words)
        assert (status, err.count("\n")) == (1, 1)
        assert err.startswith("yolo-slice: ")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"yolo-slice {__version__}\n", "")


def test_an_interruption_is_status_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("yolo_slice.cli.commands.check.run", interrupt)
    monkeypatch.setattr(interrupt, "__annotations__", {"_": load_command("cam").settings, "return": int})
    assert run(capsys, "check", "model=a", "source=b")[::2] == (130, "yolo-slice: interrupted\n")


def test_help_and_wrong_command_lines_load_nothing_heavy() -> None:
    code = (
        "import sys; from yolo_slice.cli import main\n"
        f"for name in {NAMES}: assert main(['help', *name.split()]) == 0\n"
        "assert main(['cam', 'model=a.pt', 'source=b.png', 'batch=0']) == 2\n"
        "print({'torch', 'numpy', 'cv2', 'ultralytics', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_it_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "yolo_slice.cli", "cma"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "yolo-slice: unknown command 'cma'; did you mean cam or compare?\n")


def test_a_reader_that_has_read_enough_is_no_mistake() -> None:
    command = [sys.executable, "-m", "yolo_slice.cli", "help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
