"""How a command is added to the command line: with options, or with the host's KEY=VALUE settings."""

import argparse
import inspect
from collections.abc import Callable
from typing import Any

from yolo_slice.cli.settings import describe_settings, read_settings

Run = Callable[[argparse.Namespace], int]


def add_command(commands: Any, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    """Add a command whose options the caller adds; `run` returns the exit status."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def add_group(commands: Any, name: str, text: str) -> Any:
    """Add a command that has commands itself."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    return parser.add_subparsers(title="commands", required=True, metavar="COMMAND")


def add_settings_command(commands: Any, name: str, run: Callable[..., int], example: str) -> argparse.ArgumentParser:
    """Add a command whose settings are the parameters of `run`, written KEY=VALUE as the host writes them.

    The first line of the docstring of `run` is the command's help, its Args section that of the settings.
    """
    text = (inspect.getdoc(run) or "").splitlines()[0].rstrip(".")
    parser = commands.add_parser(
        name,
        help=text[0].lower() + text[1:],
        description=f"{text}.\n\n  {example}",
        epilog=describe_settings(run),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tokens", nargs="*", metavar="KEY=VALUE", help="settings, listed below")

    def run_with_settings(arguments: argparse.Namespace) -> int:
        positional, settings = read_settings(run, arguments.tokens, example)
        return run(*positional, **settings)

    parser.set_defaults(run=run_with_settings)
    return parser
