"""Places of the program that are broken on purpose, and the tests that have to notice."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A change of one place.

    Attributes:
        what: what it does to a load, in words.
        file: the file, below the repository.
        old: the text that is there, once.
        new: what stands there instead.
        tests: the arguments of pytest that choose the tests.
    """

    what: str
    file: str
    old: str
    new: str
    tests: str


KNOWN = "tests/conformance/test_known_mistakes.py -k duckdb"
RETRY = "tests/e2e/test_retry.py"
CRASH = "tests/crash/test_crashes.py -k duckdb"
BAD_FILES = "tests/conformance/test_bad_files.py -k duckdb"
DELIVERIES = "tests/e2e/test_deliveries.py"
FINDINGS = "tests/e2e/test_findings.py -k 'duckdb and {}'"
PARTS = "templates/shared/_parts.sql.j2"
STEPS = "dv_gen/run/steps.py"

FAULTS = (
    Fault(
        "hubs, links and events are inserted though they are known",
        PARTS,
        "NOT IN (",
        "NOT IN (SELECT NULL WHERE 1 = 0) OR 1 = 1 OR 1 NOT IN (",
        KNOWN,
    ),
    Fault(
        "a satellite row is inserted though nothing has changed",
        "templates/satellite/load.sql.j2",
        '"hashdiff before" <> {{ naming.hashdiff | ident }}',
        "1 = 1",
        KNOWN,
    ),
    Fault(
        "a satellite compares with any stored row in place of the one before",
        "templates/satellite/load.sql.j2",
        'ORDER BY {{ load_dt }}) AS "hashdiff before"',
        'ORDER BY {{ load_dt }} DESC) AS "hashdiff before"',
        KNOWN,
    ),
    Fault(
        "a moment that is stored is stored once more",
        "templates/satellite/load.sql.j2",
        "AND stored.{{ load_dt }} = candidate.{{ load_dt }}",
        "AND stored.{{ load_dt }} > candidate.{{ load_dt }}",
        KNOWN,
    ),
    Fault(
        "rows that lose against another row of their key are not kept as rejects",
        "templates/satellite/rejects.sql.j2",
        '"winner" AND "repeat" = 1',
        '"winner" AND "repeat" = 0',
        KNOWN,
    ),
    Fault(
        "a set of several rows is taken for unchanged when it is a part of the set before",
        "templates/multi_active/load.sql.j2",
        'AND compared."members" = compared."members before"',
        "",
        "tests/conformance/test_multi_active.py -k duckdb",
    ),
    Fault(
        "rows that share their key are not looked for",
        "templates/stage/find_repeats.sql.j2",
        "HAVING COUNT(*) > 1",
        "HAVING COUNT(*) > 2",
        KNOWN,
    ),
    Fault(
        "text that is too long is staged",
        "templates/stage/_typed.sql.j2",
        "sql.length(text) ~ ' <= ' ~ column.type.length",
        "sql.length(text) ~ ' >= 0'",
        BAD_FILES,
    ),
    Fault(
        "numbers are rounded",
        "templates/stage/_typed.sql.j2",
        "({{ mark }}[0-9]{0,{{ column.type.scale }}}0*)?",
        "({{ mark }}[0-9]*)?",
        BAD_FILES,
    ),
    Fault(
        "a step commits before the ledger knows of it",
        STEPS,
        '        outcome = self.ended(step, "done", started=started, inserted=inserted, '
        "rejected=rejected)\n",
        '        outcome = self.ended(step, "done", started=started, inserted=inserted, '
        "rejected=rejected)\n        session.commit()\n        session.begin()\n",
        "tests/crash/test_crashes.py -k duckdb",
    ),
    Fault(
        "the ledger is not told of a load",
        STEPS,
        "        self._ledger.record_step(session, self._batch, outcome)\n"
        "        session.commit()\n        return outcome\n",
        "        session.commit()\n        return outcome\n",
        RETRY,
    ),
    Fault(
        "a batch in which something failed is closed",
        "dv_gen/run/runner.py",
        "if status != FAILED:",
        "if status:",
        RETRY,
    ),
    Fault(
        "a batch is given up when the storage cannot be reached",
        "dv_gen/run/runner.py",
        "except (MissingFileError, KeyError):",
        "except (DvGenError, KeyError):",
        RETRY,
    ),
    Fault(
        "a batch is given up for a file that is staged already",
        "dv_gen/run/runner.py",
        'if f"stage:{file.source}" not in batch.done]',
        "if batch.done is not None]",
        RETRY,
    ),
    Fault(
        "a clock that was set back turns the order of the batches",
        "dv_gen/run/ledger.py",
        "now if newest is None else max(now, newest + _AFTER)",
        "now",
        RETRY,
    ),
    Fault(
        "a batch that is taken up again gets another load date",
        "dv_gen/run/ledger.py",
        "            load_dt=load_dt,\n",
        "            load_dt=utc_now(),\n",
        RETRY,
    ),
    Fault(
        "the steps that are done are done again",
        "dv_gen/run/batch.py",
        "for step in batch.steps if step not in batch.done}",
        "for step in batch.steps}",
        RETRY,
    ),
    Fault(
        "what depends on a failed entity is loaded all the same",
        "dv_gen/run/scheduler.py",
        "if need in outcomes and not self._succeeded(outcomes[need])",
        "if need not in outcomes and not self._succeeded(outcomes[need])",
        "tests/unit/test_scheduler.py",
    ),
    Fault(
        "files are loaded again and again",
        "dv_gen/run/planning.py",
        "if file.identity not in loaded:",
        "if file.identity:",
        DELIVERIES,
    ),
    Fault(
        "a late delivery is let in without being asked for",
        "dv_gen/run/planning.py",
        "load_dt <= newest and not self._options.allow_late",
        "load_dt < newest and self._options.allow_late",
        DELIVERIES,
    ),
    Fault(
        "files that were loaded are not remembered",
        "dv_gen/run/planning.py",
        'done = {step.id for step, outcome in outcomes if outcome.status == "done"} | batch.done',
        "done = set(batch.done)",
        DELIVERIES,
    ),
    Fault(
        "records that nobody accounts for are let go",
        "dv_gen/run/staging.py",
        "if seen == shape.records:",
        "if seen:",
        RETRY,
    ),
    Fault(
        "the limit of rejects is not looked at",
        "dv_gen/run/staged_file.py",
        "if rejected > limit:",
        "if rejected > limit + 1:",
        DELIVERIES,
    ),
    Fault(
        "a second file of a source begins its row numbers anew",
        "dv_gen/run/staging.py",
        "self._rows_before += numbers",
        "self._rows_before = numbers",
        "tests/e2e/test_staging.py -k row_numbers",
    ),
    Fault(
        "a file that changes after the listing is read",
        "dv_gen/landing/local.py",
        "if (sha256, identity[2]) != (file.etag, file.size):",
        "if identity[2] != file.size:",
        "tests/unit/landing/test_local.py",
    ),
    Fault(
        "other bytes than S3 announced are taken",
        "dv_gen/landing/s3_verify.py",
        "if etag_of(path) != remote.etag:",
        "if not remote.etag:",
        "tests/unit/landing/test_s3.py",
    ),
    Fault(
        "after a lost COMMIT the step is done again without asking",
        "dv_gen/run/attempts.py",
        "if known is not None:",
        "if known is None:",
        RETRY,
    ),
    Fault(
        "a run commits though it has lost its hold",
        "dv_gen/engines/vertica.py",
        "        self._check_held()\n        self._connection.commit()\n",
        "        self._connection.commit()\n",
        "tests/e2e/test_lost_hold.py -k vertica",
    ),
    Fault(
        "a password may be written down",
        "dv_gen/metadata/project_file.py",
        'if value not in (None, "") and not said:',
        'if value == "" and not said:',
        "tests/unit/metadata/test_broken.py -k project",
    ),
    Fault(
        "an interrupt waits for the whole step",
        STEPS,
        "if self.stopping.is_set():",
        "if self.stopping is None:",
        "tests/unit/test_batch_steps.py",
    ),
    Fault(
        "a PIT does not know of a batch that left it out",
        "templates/pit/find.sql.j2",
        'SELECT {{ beginning }} FROM "left_out"',
        'SELECT {{ beginning }} FROM "left_out" WHERE 1 = 0',
        "tests/conformance/test_as_of_examples.py -k 'duckdb and left_out'",
    ),
    Fault(
        "a PIT takes rows of a query for those of the batch",
        "dv_gen/kinds/pit.py",
        '"reads_all": any(model.sources[name].query for name in sources),',
        '"reads_all": False,',
        "tests/e2e/test_pit.py",
    ),
    Fault(
        "a mart that fails leaves the batch open",
        "dv_gen/run/publications.py",
        'if step.phase != "publish"]',
        'if step.phase != "never"]',
        "tests/e2e/test_failing_marts.py -k 'duckdb and leaves_no_batch_open'",
    ),
    Fault(
        "a mart that failed is forgotten",
        "dv_gen/run/publications.py",
        'OR made."opened_at" < planned."opened_at"',
        'AND made."opened_at" < planned."opened_at"',
        "tests/e2e/test_failing_marts.py -k 'duckdb and every_run'",
    ),
    Fault(
        "what is skipped behind a failed mart is lost though files feed it",
        "dv_gen/run/publications.py",
        "set(step.sources) <= queries",
        "set(step.sources) & queries",
        "tests/e2e/test_failing_marts.py -k 'duckdb and files_feed'",
    ),
    Fault(
        "a query behind a failed mart is never asked again",
        "dv_gen/run/runner.py",
        "asked = (owed or ",
        "asked = (None or ",
        "tests/e2e/test_failing_marts.py -k 'duckdb and reads_the_mart'",
    ),
    Fault(
        "a mart's grants go with its old table",
        "templates/dialects/postgres.sql.j2",
        "'GRANT %s ON %s TO %s%s', item.privilege",
        "'GRANT %s ON %s TO CURRENT_USER', item.privilege",
        "tests/e2e/test_published_marts.py -k another_shape",
    ),
    Fault(
        "a SIGTERM kills a command in the middle of what it does",
        "dv_gen/cli/__init__.py",
        "signal.signal(signal.SIGTERM, _interrupt)",
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)",
        "tests/e2e/test_signals.py -k every_command",
    ),
    Fault(
        "a mart of two statements is run",
        "dv_gen/kinds/query_text.py",
        'if ";" in words:',
        'if ";" in words[:1]:',
        "tests/unit/metadata/test_broken.py -k 'marts and second'",
    ),
    Fault(
        "a mart that becomes two statements by its template is run",
        "dv_gen/render/rendering.py",
        "fault = query_fault(text)",
        "fault = None",
        "tests/unit/test_validate.py -k cannot_be_rendered",
    ),
    Fault(
        "validate lets pass what render refuses",
        "dv_gen/cli/validate.py",
        "check_rendering(project, model)",
        "check_rendering",
        "tests/unit/test_validate.py -k cannot_be_rendered",
    ),
    Fault(
        "what a check has found is forgotten by the next run",
        "dv_gen/run/results.py",
        "found = self.open_findings or",
        "found =",
        FINDINGS.format("runs_and_retries"),
    ),
    Fault(
        "an acceptance covers other rows of the same number",
        "dv_gen/run/findings.py",
        "mine == theirs and self.first_rows == first_rows(found)",
        "mine == theirs",
        FINDINGS.format("as_many_other_rows"),
    ),
    Fault(
        "an acceptance covers another number of rows",
        "dv_gen/run/findings.py",
        "theirs = (found.entity, found.check, batch, period, found.rows)",
        "theirs = (found.entity, found.check, batch, period, self.rows)",
        "tests/e2e/test_findings.py -k identity_of_a_finding",
    ),
    Fault(
        "a check of the rows of one batch settles what was found in another",
        "dv_gen/run/asked_checks.py",
        "item.batch\n                and not item.period\n                and (item.batch,",
        "item.batch\n                and not item.period\n                and (self.batch,",
        FINDINGS.format("whole_table_passes"),
    ),
    Fault(
        "the last period of a batch settles what was found in an earlier one",
        "dv_gen/run/asked_checks.py",
        "and not item.period",
        "and item is not None",
        "tests/e2e/test_findings.py -k earlier_period",
    ),
    Fault(
        "what dv-gen test finds is forgotten",
        "dv_gen/run/testing.py",
        "if asked.is_news():",
        "if asked.settled():",
        FINDINGS.format("deferred_checks"),
    ),
    Fault(
        "a finding is written behind the end of its step",
        STEPS,
        "found = self._ledger.findings.record(session, found, self._batch.id, period)",
        "self._committed(session, self.ended(step, 'done'))\n        "
        "found = self._ledger.findings.record(session, found, self._batch.id, period)",
        FINDINGS.format("killed_before_it_is_written"),
    ),
)
