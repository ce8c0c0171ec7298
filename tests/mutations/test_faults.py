"""The faults that are put in on purpose: whether their places are still there, and their tests."""

from __future__ import annotations

import shlex

import pytest

from tests.mutations.__main__ import REPOSITORY, broken
from tests.mutations.faults import FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_its_place_is_there_once_and_it_is_a_fault_and_no_mistake_in_writing(fault: Fault) -> None:
    text = broken(fault)
    if fault.file.endswith(".py"):
        compile(text, fault.file, "exec")
    assert (REPOSITORY / shlex.split(fault.tests)[0]).is_file()


def test_there_are_enough_of_them() -> None:
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) > 20
