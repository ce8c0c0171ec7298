from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.s3_servers import S3Server, moto_server, reset_moto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.client import BaseClient

BUCKET = "landing"


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    with moto_server() as server:
        yield server


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[[S3Server], None]:
    """Point boto3 at a server and at nothing else."""

    def use(server: S3Server) -> None:
        for name, value in server.environment().items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return use


@pytest.fixture(scope="session")
def moto_client(moto: S3Server) -> Iterator[BaseClient]:
    client = moto.client()
    yield client
    client.close()


@pytest.fixture
def s3(moto: S3Server, moto_client: BaseClient, aws: Callable[[S3Server], None]) -> BaseClient:
    """A client of an S3 API with one empty bucket, which the environment points at."""
    reset_moto(moto)
    aws(moto)
    moto_client.create_bucket(Bucket=BUCKET)
    return moto_client


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Write bytes into a file and return its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def run_python() -> Callable[[str], str]:
    """Run a few statements in a fresh interpreter and return what they print."""

    def run(code: str) -> str:
        done = subprocess.run(  # the interpreter of this very test
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        return done.stdout

    return run
