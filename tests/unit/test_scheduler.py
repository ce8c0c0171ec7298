from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from dv_gen.run.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 10


def scheduler(work: Callable[[str], str], threads: int = 2) -> Scheduler[str]:
    return Scheduler(
        work=work,
        skip=lambda _step, need: f"skipped for {need}",
        succeeded=lambda outcome: outcome == "done",
        threads=threads,
    )


def test_a_step_starts_when_all_that_it_needs_is_done() -> None:
    order: list[str] = []

    def work(step: str) -> str:
        order.append(step)
        return "done"

    needs = {"link": {"hub a", "hub b"}, "satellite": {"link"}}
    outcomes = scheduler(work, threads=4).run(["satellite", "link", "hub a", "hub b"], needs)

    assert outcomes == dict.fromkeys(["hub a", "hub b", "link", "satellite"], "done")
    assert set(order[:2]) == {"hub a", "hub b"}
    assert order[2:] == ["link", "satellite"]


def test_one_thread_keeps_the_order_of_the_steps() -> None:
    order: list[str] = []

    def work(step: str) -> str:
        order.append(step)
        return "done"

    scheduler(work, threads=1).run(["c", "a", "b"], {})

    assert order == ["c", "a", "b"]


def test_what_hangs_on_a_failed_step_is_skipped_and_the_rest_goes_on() -> None:
    def work(step: str) -> str:
        return "failed" if step == "hub a" else "done"

    needs = {"link": {"hub a", "hub b"}, "satellite": {"link"}, "mart": {"hub b"}}
    outcomes = scheduler(work).run(["hub a", "hub b", "link", "satellite", "mart"], needs)

    assert outcomes == {
        "hub a": "failed",
        "hub b": "done",
        "link": "skipped for hub a",
        "satellite": "skipped for link",
        "mart": "done",
    }


def test_a_step_is_skipped_as_soon_as_one_of_its_needs_has_failed() -> None:
    skipped = threading.Event()

    def work(step: str) -> str:
        if step == "slow":
            assert skipped.wait(PATIENCE)
            return "done"
        return "failed"

    def skip(_step: str, need: str) -> str:
        skipped.set()
        return f"skipped for {need}"

    outcomes = Scheduler(
        work=work, skip=skip, succeeded=lambda outcome: outcome == "done", threads=2
    ).run(["slow", "bad", "child"], {"child": {"slow", "bad"}})

    assert outcomes == {"slow": "done", "bad": "failed", "child": "skipped for bad"}


def test_a_need_that_is_no_step_of_this_run_is_met() -> None:
    assert scheduler(lambda _: "done").run(["link"], {"link": {"hub of last week"}}) == {
        "link": "done"
    }


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_steps_run_at_once_than_there_are_threads(threads: int) -> None:
    lock = threading.Lock()
    running, most = 0, 0
    full = threading.Barrier(threads)

    def work(_step: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Passes only when as many steps as there are threads run at one time.
        full.wait(PATIENCE)
        with lock:
            running -= 1
        return "done"

    outcomes = scheduler(work, threads=threads).run([str(n) for n in range(threads * 3)], {})

    assert most == threads
    assert set(outcomes.values()) == {"done"}


def test_an_interrupt_lets_running_steps_end_starts_no_other_and_is_raised_again() -> None:
    started: list[str] = []
    ended: list[str] = []
    both = threading.Barrier(2)

    def work(step: str) -> str:
        started.append(step)
        both.wait(PATIENCE)
        if step == "interrupted":
            raise KeyboardInterrupt
        time.sleep(0.05)
        ended.append(step)
        return "done"

    with pytest.raises(KeyboardInterrupt):
        scheduler(work, threads=2).run(["interrupted", "running", "waiting"], {})

    assert sorted(started) == ["interrupted", "running"]
    assert ended == ["running"]


def test_an_error_that_is_not_an_outcome_ends_the_run() -> None:
    def work(step: str) -> str:
        raise RuntimeError(step)

    with pytest.raises(RuntimeError, match="first"):
        scheduler(work, threads=1).run(["first", "second"], {})


def test_nothing_to_do_is_done_at_once() -> None:
    assert scheduler(lambda _: "done").run([], {}) == {}
