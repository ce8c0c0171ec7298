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
COLUMNS = "tests/conformance/test_changed_columns.py"
PARTS = "templates/shared/_parts.sql.j2"
STEPS = "dv_gen/run/steps.py"

FAULTS = (
    Fault(
        "hubs, links and events are inserted though they are known",
        "templates/dialects/base.sql.j2",
        "{{ stage_key }} NOT IN (",
        "NULL IS NULL OR {{ stage_key }} NOT IN (",
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
        "a run on Vertica does not look who has the lock",
        "dv_gen/engines/vertica_hold.py",
        "    if _is_locked(connection, schema):\n        return False\n",
        "",
        "tests/e2e/test_vertica_failures.py -k before_it_is_waited_for",
    ),
    Fault(
        "the session that holds Vertica's lock is left alone",
        "dv_gen/engines/vertica_hold.py",
        '                connection.run("SELECT 1")\n\n    def keep',
        "                pass\n\n    def keep",
        "tests/e2e/test_vertica_failures.py -k now_and_then",
    ),
    Fault(
        "the server reads all files whose names fit a pattern",
        "dv_gen/run/server_staging.py",
        '    if found:\n        raise LandingError(\n            f"{file.shown}: the server would',
        '    if None:\n        raise LandingError(\n            f"{file.shown}: the server would',
        "tests/e2e/test_vertica_server_copy.py -k no_pattern",
    ),
    Fault(
        "the server is told another end of records than the file has",
        "dv_gen/run/server_staging.py",
        '"record_terminator": newline}',
        '"record_terminator": "\\n"}',
        "tests/e2e/test_vertica_server_copy.py -k lines_end",
    ),
    Fault(
        "a hashdiff depends on the order of its columns",
        "dv_gen/kinds/stage_hashes.py",
        "return tuple(sorted(components, key=lambda item: item.name))",
        "return tuple(components)",
        f"{COLUMNS} -k 'duckdb and swapped'",
    ),
    Fault(
        "a hashdiff depends on columns that are NULL",
        "templates/dialects/base.sql.j2",
        "{{ sql.literal(before ~ item.name ~ '=') }} || {{ sql.bare_value_text(item) }}",
        "{{ sql.literal(before ~ item.name ~ '=') }} || {{ sql.value_text(item) }}",
        f"{COLUMNS} -k 'duckdb and behind'",
    ),
    Fault(
        "a hash depends on the digits that a decimal's type has",
        "templates/dialects/duckdb.sql.j2",
        "REGEXP_REPLACE({{ sql.decimal_text(expression, type) }}, '[.]?0+$', '')",
        "{{ sql.decimal_text(expression, type) }}",
        f"{COLUMNS} -k 'duckdb and wider'",
    ),
    Fault(
        "a target's settings say how dates are written that are hashed",
        "dv_gen/engines/postgres_settings.py",
        "if str(key).lower() in fixed:",
        "if str(key) in _SESSION:",
        "tests/unit/engines/test_postgres.py -k cannot_be",
    ),
    Fault(
        "a vault that another version of the hash rule has loaded is loaded on",
        "dv_gen/run/preparing.py",
        "if known and known != [rule]:",
        "if known and known[0].partition('-')[0] != rule.partition('-')[0]:",
        "tests/conformance/test_loaded_before.py -k 'duckdb and another'",
    ),
    Fault(
        "on PostgreSQL a file sees the rows of the file before it",
        "templates/dialects/postgres.sql.j2",
        "TRUNCATE {{ sql.temporary(raw) }}",
        "ANALYZE {{ sql.temporary(raw) }}",
        "tests/e2e/test_many_files.py -k postgres",
    ),
    Fault(
        "a column that a source has lost is taken for one that came later",
        "dv_gen/run/later_columns.py",
        "if self._loaded and self._identity(file) not in self._loaded:",
        "if self._loaded is None:",
        "tests/e2e/test_lacking_columns.py -k duckdb",
    ),
    Fault(
        "a column that no later file has is taken for one that came later",
        "dv_gen/run/later_columns.py",
        "self._last_with.get(column, -1) <= place",
        "self._last_with.get(column, place + 1) < 0",
        "tests/e2e/test_lacking_columns.py -k duckdb",
    ),
    Fault(
        "a misspelt name is taken for a column that came later",
        "dv_gen/run/later_columns.py",
        "if match.extra or any(",
        "if any(",
        "tests/e2e/test_lacking_columns.py -k duckdb",
    ),
    Fault(
        "a key that a file lacks is taken for one that came later",
        "dv_gen/kinds/lacking_columns.py",
        "yield from _made_from(source, keys)",
        "yield from ()",
        "tests/e2e/test_lacking_columns.py -k duckdb",
    ),
    Fault(
        "the result of a query is never the complete set",
        "templates/ledger/delivered_whole.sql.j2",
        "LIKE 'query:%'",
        "LIKE 'no query:%'",
        "tests/e2e/test_full_queries.py -k duckdb",
    ),
    Fault(
        "an empty result of a query ends everything",
        "dv_gen/run/query_staging.py",
        'if facts["delivery"] == "full" and not staged and',
        'if facts["delivery"] == "whole" and not staged and',
        "tests/e2e/test_full_queries.py -k duckdb",
    ),
    Fault(
        "a query that was left out is forgotten",
        "dv_gen/run/unfinished_queries.py",
        "(read is not None and asked < read)",
        "(read is not None and read < asked)",
        "tests/e2e/test_queries.py -k 'duckdb and left_out'",
    ),
    Fault(
        "an entity that was left out when its query ran is forgotten",
        "dv_gen/run/unfinished_queries.py",
        "loaded is None or loaded < asked",
        "(loaded is not None and loaded < asked)",
        "tests/e2e/test_queries.py -k 'duckdb and not_loaded_into'",
    ),
    Fault(
        "a code that a full delivery lacks goes on",
        "templates/reference/load.sql.j2",
        'AND "hashdiff before" IS NOT NULL',
        'AND "hashdiff before" IS NOT NULL AND 1 = 0',
        "tests/conformance/test_full_references.py -k 'duckdb and lacks'",
    ),
    Fault(
        "a code that has gone is in the view of what is current",
        "templates/reference/history.sql.j2",
        "WHERE {{ naming.hashdiff | ident }} IS NOT NULL",
        "WHERE 1 = 1",
        "tests/conformance/test_full_references.py -k 'duckdb and lacks'",
    ),
    Fault(
        "a row is lost whose code had gone at that moment",
        "templates/reference/rejects.sql.j2",
        "OR stored.{{ naming.hashdiff | ident }} IS NULL",
        "OR 1 = 0",
        "tests/conformance/test_full_references.py -k 'duckdb and had_gone'",
    ),
    Fault(
        "a glob without a new file is not missed",
        "dv_gen/run/expected.py",
        'if facts["needs_new_file"] and name not in delivered:',
        'if facts["needs_new_file"] and name in ():',
        "tests/e2e/test_expected.py -k 'duckdb and required'",
    ),
    Fault(
        "a delivery that is too old is not noticed",
        "dv_gen/run/expected.py",
        "now - came > limit",
        "now - came > 2 * limit",
        "tests/e2e/test_expected.py -k 'duckdb and older'",
    ),
    Fault(
        "to load a file again makes it a new delivery",
        "dv_gen/run/ledger.py",
        'MIN(batch."opened_at") AS "came"',
        'MAX(batch."opened_at") AS "came"',
        "tests/e2e/test_expected.py -k 'duckdb and older'",
    ),
    Fault(
        "a file that cannot be recorded is loaded with its source",
        "dv_gen/run/planning.py",
        "unfit.add(file.source)",
        "unfit.discard(file.source)",
        "tests/e2e/test_expected.py -k 'duckdb and recorded'",
    ),
    Fault(
        "a file that no source claims is taken for claimed",
        "dv_gen/run/expected.py",
        'if path.endswith("/") or not any(',
        'if path.endswith("/") and not any(',
        "tests/e2e/test_expected.py -k claims",
    ),
    Fault(
        "a file that is a link is written through",
        "dv_gen/filesystem.py",
        "if not entry.is_file(follow_symlinks=False):",
        "if not entry.is_file():",
        "tests/e2e/test_links.py -k file_that_is_a_link",
    ),
    Fault(
        "a folder that is a link is entered",
        "dv_gen/filesystem.py",
        "kind = kind_of(place.lstat().st_mode)",
        "kind = kind_of(place.stat().st_mode)",
        "tests/e2e/test_links.py -k folder_that_is_a_link",
    ),
    Fault(
        "a second name of a rendered file is written through",
        "dv_gen/render/writing.py",
        'with os.fdopen(new_file(path), "wb") as file:',
        'with Path(path).open("wb") as file:',
        "tests/e2e/test_links.py -k second_name",
    ),
    Fault(
        "a link beside the warehouse is written through",
        "dv_gen/engines/duckdb.py",
        '_BESIDE = (".lock", ".wal", ".wal.checkpoint", ".wal.recovery")',
        "_BESIDE = ()",
        "tests/e2e/test_links.py -k 'file_that_is_a_link and w.duckdb'",
    ),
    Fault(
        "an unfinished download is written through a link",
        "dv_gen/landing/s3_partial.py",
        'getattr(os, "O_NOFOLLOW", 0)',
        "0",
        "tests/unit/landing/test_store.py",
    ),
    Fault(
        "a project is started through a link",
        "dv_gen/starter.py",
        "place.is_dir() and not place.is_symlink()",
        "place.is_dir()",
        "tests/e2e/test_links.py -k started",
    ),
    Fault(
        "a named pipe is a file",
        "dv_gen/filesystem.py",
        '    (stat.S_ISFIFO, "a named pipe"),\n',
        "",
        "tests/unit/metadata/test_bounds.py -k pipe",
    ),
    Fault(
        "aliases stand for as much as they like",
        "dv_gen/metadata/yaml_reader.py",
        "if self._repeated > _MOST_REPEATED:",
        "if self._repeated < 0:",
        "tests/unit/metadata/test_bounds.py -k twelve_levels",
    ),
    Fault(
        "YAML nests as deeply as it likes",
        "dv_gen/metadata/yaml_reader.py",
        "if len(self._open) == _DEEPEST:",
        "if len(self._open) < 0:",
        "tests/unit/metadata/test_bounds.py -k deep_nesting",
    ),
    Fault(
        "a query's template nests as deeply as it likes",
        "dv_gen/kinds/query_file.py",
        "except RecursionError:",
        "except ZeroDivisionError:",
        "tests/unit/metadata/test_bounds.py -k nests_without_end",
    ),
    Fault(
        "zstd unpacks a megabyte at once",
        "dv_gen/landing/prepare.py",
        "_ZSTD_BYTES = 256",
        "_ZSTD_BYTES = 1 << 20",
        "tests/unit/landing/test_prepare.py -k piece_by_piece",
    ),
    Fault(
        "a file unpacks to as much as it likes",
        "dv_gen/landing/prepare.py",
        "if size > limit:",
        "if size < 0:",
        "tests/unit/landing/test_prepare.py -k piece_by_piece",
    ),
    Fault(
        "what a source says of unpacking is not asked",
        "dv_gen/render/manifest.py",
        "source.max_unpacked or bytes_of(of_target)",
        "bytes_of(of_target)",
        "tests/e2e/test_unpacking.py",
    ),
    Fault(
        "escape codes reach the log",
        "dv_gen/run/log.py",
        'visible_lines(f"{mark}{message}")',
        'f"{mark}{message}"',
        "tests/unit/test_texttable.py -k log_shows",
    ),
    Fault(
        "a file's name begins a line of the log",
        "dv_gen/landing/files.py",
        "return visible(self.uri)",
        "return self.uri",
        "tests/e2e/test_names_from_outside.py -k 'as_they_are and warn'",
    ),
    Fault(
        "a preview reads the whole rest behind an open quote",
        "dv_gen/landing/preview.py",
        "head=len(first) + _HEAD",
        "head=None",
        "tests/unit/landing/test_preview.py -k never_closes",
    ),
    Fault(
        "a table measures whole cells",
        "dv_gen/texttable.py",
        "lines = [[_cut(visible(cell[: width * _MARKS + 1]), width) for cell",
        "lines = [[_cut(visible(cell), width) for cell",
        "tests/unit/test_texttable.py -k megabytes",
    ),
)
