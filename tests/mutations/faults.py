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
PARTS = "templates/shared/_parts.sql.j2"
STEPS = "dv_gen/run/steps.py"
CHANGES = "tests/conformance/test_model_changes.py"

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
        'if status != "failed":',
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
        "types are not compared",
        "dv_gen/run/changes/columns.py",
        "        if verdict == SAME:\n            return\n",
        "        if verdict:\n            return\n",
        CHANGES + " -k 'duckdb and (5 or 6 or 13)'",
    ),
    Fault(
        "what a table was built from is not compared",
        "dv_gen/run/changes/composition.py",
        "if old == new or old is None:",
        "if old == new or old is not None:",
        CHANGES + " -k 'duckdb and (20 or 30 or order_of_a_hub)'",
    ),
    Fault(
        "what a table was built from is not written down",
        "dv_gen/run/preparing.py",
        "record_tables(session, meta, unrecorded)",
        "record_tables(session, meta, [])",
        CHANGES + " -k 'duckdb and (20 or 30)'",
    ),
    Fault(
        "a run loads though the model may not change like that",
        "dv_gen/run/changes/applying.py",
        "if changes.stopping:",
        "if changes.stopping is None:",
        CHANGES + " -k 'duckdb and (6 or 13)'",
    ),
    Fault(
        "a hint renames a column whose name is hashed",
        "dv_gen/run/changes/columns.py",
        "hashed = self.recorded is not None and old.name in self.recorded.hashed",
        "hashed = False",
        CHANGES + " -k 'duckdb and (11 or not_a_renamed)'",
    ),
    Fault(
        "what follows a changed key is renamed by a hint",
        "dv_gen/run/changes/compare.py",
        "if refused.intersection(_made_from(table)):",
        "if refused is None:",
        CHANGES + " -k 'duckdb and (12 or order_of_a_hub)'",
    ),
    Fault(
        "a table that was loaded is made anew",
        "dv_gen/run/changes/asking.py",
        "table.entity in loaded or recorded == table",
        "recorded == table",
        CHANGES + " -k 'duckdb and never_made_anew'",
    ),
    Fault(
        "a column that somebody dropped is added as a new one",
        "dv_gen/run/changes/columns.py",
        "            return self._lost(column)\n",
        "            pass\n",
        CHANGES + " -k 'duckdb and (dropped or copied)'",
    ),
    Fault(
        "a column moves to another satellite without its history",
        "dv_gen/run/changes/compare.py",
        "if parent is None or not gone:",
        "if parent or not gone:",
        CHANGES + " -k 'duckdb and split'",
    ),
    Fault(
        "tables that the metadata has forgotten are not named",
        "dv_gen/run/runner.py",
        "for table in changes.orphans:",
        "for table in ():",
        CHANGES + " -k 'duckdb and forgets'",
    ),
    Fault(
        "the views are not made again behind a change",
        "dv_gen/run/changes/views.py",
        "            for name in own:\n",
        "            for name in own[:0]:\n",
        "tests/conformance/test_changed_views.py -k duckdb",
    ),
    Fault(
        "a view loses its grants",
        "dv_gen/run/changes/views.py",
        "for column, statement in view.restored_by if view else ():",
        "for column, statement in ():",
        "tests/conformance/test_changed_views.py -k grants",
    ),
    Fault(
        "somebody's own view is dropped",
        "dv_gen/run/changes/views.py",
        "if (view.schema, view.name) not in self.texts]",
        "if view.schema is None]",
        "tests/conformance/test_changed_views.py -k own",
    ),
    Fault(
        "a number on Vertica is altered in place whatever it is",
        "dv_gen/run/changes/types.py",
        "return same and self._word(old) == self._word(new)",
        "return True",
        "tests/unit/test_changes.py",
    ),
)
