"""A password and an S3 secret that nobody may ever read, whatever is asked and whatever fails."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.project import SAMPLE, Project, copy_project
from tests.e2e.s3_servers import moto_server

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "canary-secret-4Zq8/+x"
PASSWORD = "canary-password'\"%s 9Kd"
CANARIES = (SECRET, PASSWORD, "canary")
# The two targets with a server that nobody has started: it refuses.
REFUSED = {"VERTICA_PORT": "1", "POSTGRES_PORT": "1"}
COMMANDS = (
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
    ("unlock",),
    ("unlock", "--target", "vertica", "--force"),
    ("run", "--target", "vertica"),
    ("run", "--target", "postgres"),
    ("show", "h_users", "--target", "vertica"),
    ("show", "h_users", "--target", "postgres"),
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
