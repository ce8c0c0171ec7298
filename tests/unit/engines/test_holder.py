"""Who holds a warehouse, as the name of a session tells it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from dv_gen.engines.holder import Holder, Owner

FAR = Owner("20261124T160000-abcdef", "loader", 4711, "1a2b3c")


@pytest.mark.parametrize("owner", [FAR, Owner("a@b/c", "x-y", 1, "000000"), Owner.here("monday")])
def test_what_is_written_is_read(owner: Owner) -> None:
    assert Owner.read(owner.label(200)) == owner


@pytest.mark.parametrize("run", ["20261124T160000-abcdef", "r" * 99, "ä" * 40])
def test_a_label_has_the_bytes_of_a_servers_name_and_still_tells_the_process(run: str) -> None:
    label = replace(FAR, run=run, host="loader-29384234-" + "x" * 60).label(63)

    assert len(label.encode()) <= 63
    found = Owner.read(label)
    assert found is not None
    assert (found.pid, found.place) == (4711, "1a2b3c")
    assert run.startswith(found.run)


@pytest.mark.parametrize("label", [None, "", "psql", "monday", "monday@loader/x~1a2b3c"])
def test_a_name_of_another_program_tells_of_nobody(label: str | None) -> None:
    assert Owner.read(label) is None


def test_this_process_lives_and_one_that_has_ended_does_not() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    here = replace(Owner.here("r"), pid=process.pid)
    assert process.stdout is not None
    # It has closed everything and waits to be buried.
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    if sys.platform == "linux":
        assert here.lives() is False
    process.communicate()

    assert here.lives() is False
    assert Owner.here("r").lives() is True
    assert replace(here, pid=1).lives() is True


def test_a_process_elsewhere_cannot_be_seen() -> None:
    assert FAR.lives() is None
    assert not Holder("w", FAR).is_dead


def test_a_holder_says_what_is_known() -> None:
    assert str(Holder("w")) == "w is held by another run"
    assert str(Holder("w", FAR, "noon", "server process 7")) == (
        "w is held by run 20261124T160000-abcdef (process 4711 on loader, server process 7) "
        "since noon"
    )
    assert (
        str(Holder("w", None, "noon", "user x")) == "w is held by another run (user x) since noon"
    )
