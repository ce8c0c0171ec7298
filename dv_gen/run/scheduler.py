"""Steps in parallel, each as soon as what it needs is done."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Outcome = TypeVar("Outcome")


class Scheduler(Generic[Outcome]):
    """Runs named steps on threads.

    Args:
        work: does one step and tells how it ended; raises only what must end the whole run.
        skip: tells the outcome of a step whose needs were not met.
        succeeded: whether an outcome lets dependants go on.
        threads: how many steps run at once.
        stop: called when the run is to end early, while steps still run.
    """

    def __init__(
        self,
        *,
        work: Callable[[str], Outcome],
        skip: Callable[[str, str], Outcome],
        succeeded: Callable[[Outcome], bool],
        threads: int,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._stop = stop
        self._work = work
        self._skip = skip
        self._succeeded = succeeded
        self._threads = threads

    def run(self, steps: Sequence[str], needs: Mapping[str, set[str]]) -> dict[str, Outcome]:
        """Run all steps and return their outcomes, in the order in which they ended.

        A step whose need failed or was skipped is skipped; the rest goes on. An interrupt lets
        the running steps end, starts no other, and is raised again.

        Args:
            steps: the steps, in the order in which equals are started.
            needs: for each step those that must have succeeded; others than ``steps`` are met.
        """
        waiting = list(steps)
        open_needs = {step: needs.get(step, set()) & set(steps) for step in steps}
        outcomes: dict[str, Outcome] = {}
        running: dict[Future[Outcome], str] = {}
        with ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="step") as pool:
            try:
                while waiting or running:
                    self._skip_hopeless(waiting, open_needs, outcomes)
                    self._start(pool, waiting, open_needs, outcomes, running)
                    if not running:
                        continue
                    ended, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in ended:
                        outcomes[running.pop(future)] = future.result()
            except BaseException:
                self._stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return outcomes

    def _skip_hopeless(
        self, waiting: list[str], needs: Mapping[str, set[str]], outcomes: dict[str, Outcome]
    ) -> None:
        found = True
        while found:
            found = False
            for step in list(waiting):
                failed = [
                    need
                    for need in sorted(needs[step])
                    if need in outcomes and not self._succeeded(outcomes[need])
                ]
                if failed:
                    outcomes[step] = self._skip(step, failed[0])
                    waiting.remove(step)
                    found = True

    def _start(
        self,
        pool: ThreadPoolExecutor,
        waiting: list[str],
        needs: Mapping[str, set[str]],
        outcomes: dict[str, Outcome],
        running: dict[Future[Outcome], str],
    ) -> None:
        for step in list(waiting):
            if len(running) >= self._threads:
                return
            if needs[step] <= outcomes.keys():
                waiting.remove(step)
                running[pool.submit(self._work, step)] = step
