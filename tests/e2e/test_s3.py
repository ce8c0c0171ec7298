"""The same job with the files on S3: two servers that have nothing in common."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.project import SAMPLE, Project, copy_project
from tests.e2e.s3_servers import S3Server, bad_line, moto_server, seaweed_server
from tests.e2e.test_sample import expected_rows, shown_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=["moto", "seaweedfs"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Server]:
    context = (
        moto_server()
        if request.param == "moto"
        else seaweed_server(tmp_path_factory.mktemp("weed"))
    )
    with context as server:
        client = server.client()
        if request.param == "moto":
            client.create_bucket(Bucket="landing")
        for path in SAMPLE.glob("*.csv"):
            client.put_object(Bucket="landing", Key=f"social/{path.name}", Body=path.read_bytes())
        yield server


def test_the_job_runs_from_s3(project: Project, server: S3Server) -> None:
    project.environment = server.environment()
    project.command("run", landing="s3://landing/social")
    assert shown_rows(project) == expected_rows(SAMPLE)
    again = project.command("run", landing="s3://landing/social")
    assert "nothing new" in again.stdout
    assert not (project.folder / ".dv-gen/landing").exists()


def test_a_missing_key_is_one_clear_sentence(project: Project, server: S3Server) -> None:
    project.environment = server.environment()
    failed = project.command("run", landing="s3://landing/socials", expect=1)
    assert "users.csv" in failed.stderr
    assert "landing" in failed.stderr


def test_a_wrong_bucket_is_one_clear_sentence(project: Project, server: S3Server) -> None:
    project.environment = server.environment()
    failed = project.command("run", landing="s3://landings/social", expect=1)
    assert "landings" in failed.stderr


def test_wrong_credentials_are_refused_and_not_told(project: Project, tmp_path: Path) -> None:
    weed = tmp_path / "weed"
    weed.mkdir()
    with seaweed_server(weed) as server:
        secret = "canary-secret-0123456789"
        project.environment = {**server.environment(), "AWS_SECRET_ACCESS_KEY": secret}
        failed = project.command("run", landing="s3://landing/social", expect=1)
    assert secret not in failed.stderr + failed.stdout
    assert "landing" in failed.stderr


@pytest.mark.parametrize("fetched", [1, 2, 4])
def test_a_run_that_is_killed_while_it_downloads_is_taken_up_with_its_load_date(
    fetched: int, tmp_path: Path
) -> None:
    """A real process and SIGKILL, as soon as S3 was asked for so many files."""
    project = copy_project(tmp_path / "killed")
    undisturbed = copy_project(tmp_path / "undisturbed")
    with moto_server() as behind, bad_line(behind) as line:
        client = behind.client()
        client.create_bucket(Bucket="landing")
        for path in SAMPLE.glob("*.csv"):
            client.put_object(Bucket="landing", Key=path.name, Body=path.read_bytes())
        undisturbed.environment = behind.environment()
        undisturbed.command("run", "--load-date", "2026-03-01", landing="s3://landing")
        project.environment = {**behind.environment(), "AWS_ENDPOINT_URL": line.endpoint}
        process = project.start("run", "--load-date", "2026-03-01", landing="s3://landing")
        ends = time.monotonic() + 60
        while sum(".csv HTTP" in asked for asked in line.requests) < fetched:
            assert process.poll() is None
            assert time.monotonic() < ends
        process.kill()
        process.communicate(timeout=60)
        assert project.query("SELECT count(*) FROM dv_meta.open_batch") == [(1,)]

        project.command("run", landing="s3://landing")

    assert project.vault() == undisturbed.vault()
    assert project.query("SELECT status FROM dv_meta.batch_end") == [("done",)]
    assert not (project.folder / ".dv-gen/landing").exists()
