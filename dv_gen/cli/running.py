"""What ``dv-gen run`` and ``dv-gen retry`` have in common: the log, signals, the closing table."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from types import FrameType

    from dv_gen.run.command import RunRequest
    from dv_gen.run.log import LogFormat


def execute(ctx: click.Context, request: RunRequest, log_format: str) -> None:
    """Run a project, print what was done, and exit with the run's code.

    An interrupt or a polite kill ends the run between two statements; a second one ends it at once,
    which loses no more than a crash does.
    """
    from dv_gen.cli.progress import make_observer
    from dv_gen.run.clock import new_run_id
    from dv_gen.run.command import run_project
    from dv_gen.run.log import RunLog
    from dv_gen.run.results import closing_table
    from dv_gen.texttable import visible_lines

    form: LogFormat = "json" if log_format == "json" else "text"
    log = RunLog(sys.stderr, new_run_id(), form)

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in _SIGNALS:
        signal.signal(number, interrupt)
    with make_observer(log, interactive=sys.stderr.isatty() and form == "text") as observer:
        result = run_project(request, log, observer)
    for batch in result.batches:
        click.echo(f"batch {batch.batch.id}, load date {batch.batch.load_dt} UTC: {batch.status}")
        click.echo(closing_table(batch))
        if batch.rejected:
            click.echo(f"rejected rows: {batch.rejected:,}; dv-gen show rejects has them")
        for finding in batch.findings:
            click.echo(str(finding))
    for message in (*result.failures, *result.messages):
        click.echo(visible_lines(message))
    ctx.exit(result.exit_code)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
