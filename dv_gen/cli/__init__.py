"""The command line: maps arguments onto library functions and nothing else."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from dv_gen import __version__
from dv_gen.cli import (
    accept,
    doctor,
    init,
    ls,
    render,
    retry,
    run,
    schema,
    show,
    test,
    unlock,
    validate,
)
from dv_gen.errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, DvGenError
from dv_gen.texttable import visible_lines

if TYPE_CHECKING:
    from types import FrameType


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 something failed, 2 usage or metadata, 3 a check found a "
    "difference, 130 interrupted.",
)
@click.version_option(__version__, prog_name="dv-gen")
def commands() -> None:
    """Generate and load a Data Vault from short YAML.

    \b
    Start a project:   dv-gen init my_vault
    Review the SQL:    dv-gen render
    Load new files:    dv-gen run
    Check the vault:   dv-gen test
    Look at a result:  dv-gen show group_conversion
    """


for module in (init, validate, render, run, retry, test, accept, ls, show, doctor, unlock, schema):
    commands.add_command(module.command)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; a user's mistake ends in a sentence, never in a traceback.

    A SIGTERM ends every command as Ctrl-C does, so that what it holds is let go.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        # Names and rows hold any script; a terminal that lacks a sign shows its code.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # text streams
    try:
        # Outside of click's standalone mode ctx.exit() comes back as the value.
        code = commands.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted; the next run takes up what is open", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except DvGenError as error:
        click.echo(visible_lines(str(error)), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_FAILED)
    sys.exit(code if isinstance(code, int) else EXIT_DONE)
