"""A password and an S3 secret that nobody may ever read, whatever is asked and whatever fails."""

from __future__ import annotations

import os
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from dv_gen.engines import open_engine
from tests.e2e.project import SAMPLE, Project, copy_project
from tests.e2e.s3_servers import S3Server, moto_server
from tests.vertica_server import DATABASE, USER, server

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "canary-secret-4Zq8/+x"
PASSWORD = "canary-password'\"%s 9Kd"
CANARIES = (SECRET, PASSWORD, "canary")
# The two targets with a server that nobody has started: it refuses.
REFUSED = {"VERTICA_PORT": "1", "POSTGRES_PORT": "1"}
SERVERS = ("vertica", "postgres")
# What connects, as it is asked of a target.
CONNECTING = (
    ("run",),
    ("run", "--log-format", "json"),
    ("run", "--explain"),
    ("run", "--explain-to", "plans"),
    ("run", "--create-only"),
    ("retry",),
    ("test",),
    ("show", "h_users"),
    ("doctor",),
    ("doctor", "--json"),
    ("unlock",),
)
COMMANDS = (
    ("init", "started"),
    ("validate",),
    ("render",),
    ("render", "--check"),
    ("ls",),
    ("schema",),
    ("run", "--dry-run"),
    ("run", "--log-format", "json"),
    ("run", "--reload", "--select", "h_users"),
    ("retry",),
    ("show", "group_conversion"),
    ("show", "batch_file"),
    ("show", "rejects", "--format", "json"),
    ("show", "nothing"),
    ("run", "--select", "nothing"),
    ("run", "--target", "nothing"),
    ("test",),
    ("doctor",),
    ("run", "--explain-to", "plans"),
    ("run", "--create-only"),
    ("unlock",),
    ("unlock", "--target", "vertica", "--force"),
    *((*command, "--target", name) for name in SERVERS for command in CONNECTING),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, dict[str, str]]]:
    """A project after every command, with what each of them said."""
    project = copy_project(tmp_path_factory.mktemp("secrets"))
    said = {}
    with moto_server() as server:
        client = server.client()
        client.create_bucket(Bucket="landing")
        for path in SAMPLE.glob("*.csv"):
            client.put_object(Bucket="landing", Key=path.name, Body=path.read_bytes())
        project.environment = {
            **server.environment(),
            **REFUSED,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "VERTICA_PASSWORD": PASSWORD,
            "POSTGRES_PASSWORD": PASSWORD,
        }
        for command in COMMANDS:
            ended = project.command(*command, landing="s3://landing", expect=None)
            said[" ".join(command)] = ended.stdout + ended.stderr
        ended = project.command("run", landing="s3://landings", expect=1)
        said["a bucket that is not there"] = ended.stdout + ended.stderr
        project.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        ended = project.command("run", "--reload", landing="s3://landing", expect=1)
        said["a server that is not there"] = ended.stdout + ended.stderr
    return project, said


def test_no_command_tells_a_secret(told: tuple[Project, dict[str, str]]) -> None:
    _, said = told
    assert {name for name, text in said.items() if any(word in text for word in CANARIES)} == set()
    assert "10 rows" in said["show group_conversion"]


def test_no_file_holds_a_secret(told: tuple[Project, dict[str, str]]) -> None:
    """Rendered SQL, manifests, results, the working folder, the ledger in the database."""
    project, _ = told
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert project.database in files
    holding = [
        path.name for path in files if any(word.encode() in path.read_bytes() for word in CANARIES)
    ]
    assert holding == []


@pytest.fixture
def vertica(tmp_path: Path) -> Iterator[Project]:
    """A project whose Vertica does not know the password."""
    project = copy_project(tmp_path)
    with server() as running:
        project.environment = {
            "VERTICA_PORT": str(running.standin.port),
            "VERTICA_USER": USER,
            "VERTICA_DATABASE": DATABASE,
            "VERTICA_PASSWORD": PASSWORD,
        }
        yield project


@pytest.mark.parametrize("command", CONNECTING, ids=" ".join)
def test_a_password_that_is_refused_is_told_by_no_command(
    command: tuple[str, ...], vertica: Project
) -> None:
    refused = vertica.command(*command, "--target", "vertica", expect=1)
    assert "Invalid username or password" in refused.stdout + refused.stderr
    assert "canary" not in refused.stdout + refused.stderr


def test_a_server_without_the_tls_that_was_asked_for(vertica: Project) -> None:
    path = vertica.folder / "metadata/project.yml"
    text = path.read_text("utf-8").replace(
        "    type: vertica", "    type: vertica\n    tlsmode: require"
    )
    path.write_text(text, "utf-8")
    refused = vertica.command("run", "--target", "vertica", "--render", expect=1)
    assert "does not offer TLS" in refused.stderr
    assert "canary" not in refused.stdout + refused.stderr


@pytest.mark.parametrize("name", SERVERS)
def test_a_password_that_is_no_text_is_told_in_a_line(name: str, vertica: Project) -> None:
    vertica.environment |= {"PGHOST": "127.0.0.1", "PGPORT": "1"}
    vertica.environment |= {"VERTICA_PASSWORD": "canary\udcff", "PGPASSWORD": "canary\udcff"}
    refused = vertica.command("run", "--target", name, expect=1)
    assert "cannot connect to" in refused.stderr
    assert "canary" not in refused.stderr


class Repeating(BaseHTTPRequestHandler):
    """An S3 that denies everything and repeats what it was sent, and more."""

    def do_GET(self) -> None:
        """Deny it."""
        message = f"{SECRET} {self.headers.get('Authorization')}"
        text = f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("scheme", "user", "changed", "told"),
    [
        ("http", "", {}, "S3 denied access"),
        ("http", "ann:canary@", {}, "S3 denied access"),
        ("https", "ann:canary@", {}, "was not accepted"),
        ("http", "", {"AWS_SESSION_TOKEN": "canary\udcff"}, "AWS_SESSION_TOKEN is not ASCII"),
        ("http", "", {"AWS_ACCESS_KEY_ID": "canary\n"}, "S3 could not be used"),
    ],
)
def test_what_s3_says_is_not_repeated(
    scheme: str, user: str, changed: dict[str, str], told: str, tmp_path: Path
) -> None:
    project = copy_project(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Repeating) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        endpoint = f"{scheme}://{user}127.0.0.1:{running.server_port}"
        project.environment = {
            **S3Server(endpoint, "canary-key", SECRET).environment(),
            **changed,
        }
        refused = project.command("run", landing="s3://landing", expect=1)
        report = project.command("doctor", landing="s3://landing", expect=1)
        running.shutdown()
    assert told in refused.stderr
    for text in (refused.stdout, refused.stderr, report.stdout, report.stderr):
        assert "canary" not in text


@pytest.mark.parametrize(
    "landing", ["s3://key:canary@bucket/x", "s3://key:can/canary@bucket", "https://u:canary@h/x"]
)
def test_credentials_in_the_landing_root_are_refused_and_not_repeated(
    landing: str, tmp_path: Path
) -> None:
    project = copy_project(tmp_path)
    refused = project.command("run", landing=landing, expect=1)
    report = project.command("doctor", landing=landing, expect=1)
    assert "hint: write s3://bucket/prefix" in refused.stderr
    assert "canary" not in refused.stderr + report.stdout + report.stderr


def test_an_address_with_a_password_is_shown_without_it(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    for changed in (
        {"PGHOST": "postgres://ann:canary@nowhere.invalid/x"},
        {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGDATABASE": "postgres://ann:canary@h/x"},
    ):
        project.environment = dict(changed)
        refused = project.command("run", "--target", "postgres", expect=1)
        assert "postgres://ann:***@" in refused.stderr
        assert "canary" not in refused.stderr


def test_a_warehouse_that_a_run_makes_is_its_owners_alone(tmp_path: Path) -> None:
    """The ledger is in it; and what a run writes beside it, down to its results."""
    project = copy_project(tmp_path)
    project.command("run")
    results = project.folder / "generated/duckdb/run_results.json"
    for path in (project.database, results):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(results.parent.glob("*.part"))


@pytest.mark.parametrize("rights", [None, 0o640])
def test_what_duckdb_writes_beside_a_file_has_its_rights(
    rights: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "w.duckdb"
    if rights is not None:
        duckdb.connect(str(path)).close()
        path.chmod(rights)
    before = os.umask(0o022)
    try:
        engine = open_engine("duckdb", {"path": str(path)}, tmp_path)
        engine.connect("run")
        session = engine.session()
        session.begin()
        session.execute("CREATE TABLE t AS SELECT 1 AS n")
        session.commit()
        log = path.with_name("w.duckdb.wal")
        assert {stat.S_IMODE(each.stat().st_mode) for each in (path, log)} == {rights or 0o600}
        # Whoever may read may enter.
        (tmp_path / "made").mkdir()
        assert (
            stat.S_IMODE((tmp_path / "made").stat().st_mode) == {None: 0o700, 0o640: 0o750}[rights]
        )
        session.close()
        engine.close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_what_is_fetched_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A run that failed before it ended leaves what it has fetched."""
    project = copy_project(tmp_path)
    with moto_server() as server:
        client = server.client()
        client.create_bucket(Bucket="landing")
        for path in SAMPLE.glob("*.csv"):
            text = path.read_bytes()
            if path.stem == "users":
                text += b"x,not a number,,,\n"
            client.put_object(Bucket="landing", Key=path.name, Body=text)
        project.environment = server.environment()
        project.command("run", landing="s3://landing", expect=1)
    left = [path for path in (project.folder / ".dv-gen").rglob("*") if path.is_file()]
    assert left
    modes = {stat.S_IMODE(path.stat().st_mode) for path in left}
    assert modes == {0o600}


def test_secrets_are_never_arguments_of_a_process(tmp_path: Path) -> None:
    """Only the environment has them: what `ps` shows has none."""
    project = copy_project(tmp_path)
    project.environment = {"AWS_SECRET_ACCESS_KEY": SECRET, "VERTICA_PASSWORD": PASSWORD}
    process = project.start("run")
    shown = set()
    while process.poll() is None:
        try:
            shown.add(Path(f"/proc/{process.pid}/cmdline").read_bytes())
        except OSError:
            break
    process.communicate(timeout=60)
    assert shown
    assert not any(b"canary" in line for line in shown)
