"""Rounds of requests, interleaved with "hello", and what they come to."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench.client import Answer, Connection, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.data import World
    from bench.serving import Server
    from bench.workloads import Workload

ROUND_SECONDS: Final = 0.8
FEWEST: Final = 25
MANY: Final = 16
MANY_SECONDS: Final = 2.0
COST_HEADER: Final = "X-Milepost-Cost"


class UnexpectedAnswerError(Exception):
    """An answer has another status than it should."""


@dataclass
class Round:
    """What one round measured: seconds per request, seconds to the first byte, CPU seconds per request."""

    totals: list[float]
    first_bytes: list[float]
    cpu: float

    @property
    def rate(self) -> float:
        """Return requests per second of waiting."""
        return len(self.totals) / sum(self.totals)


@dataclass
class Result:
    """All rounds of one workload, each beside the round of "hello" that came before it."""

    workload: Workload
    sample: Answer
    rounds: list[tuple[Round, Round]] = field(default_factory=list)
    many: float | None = None

    def milliseconds(self, quantile: float, *, first_byte: bool = False) -> float:
        """Return that quantile over all rounds."""
        values = [one for mine, _ in self.rounds for one in (mine.first_bytes if first_byte else mine.totals)]
        return 1000 * statistics.quantiles(values, n=1000)[round(quantile * 1000) - 1]

    @property
    def ratio(self) -> float:
        """Return the median of rate against rate of "hello"."""
        return statistics.median(mine.rate / hello.rate for mine, hello in self.rounds)

    @property
    def cpu_ratio(self) -> float:
        """Return the median of the processor time of "hello" against ours."""
        return statistics.median(hello.cpu / mine.cpu for mine, hello in self.rounds)

    @property
    def cpu_milliseconds(self) -> float:
        """Return the median of processor time a request."""
        return 1000 * statistics.median(mine.cpu for mine, _ in self.rounds)

    @property
    def cost(self) -> str:
        """Return the SQL statements and Redis round trips that the sample told of."""
        return self.sample.header(COST_HEADER)


def measure(
    hello: Server, app: Server, chosen: list[Workload], world: World, rounds: int, change: Callable[[], None]
) -> list[Result]:
    """Measure every workload in each of the rounds; `change` is the write that comes before a cold request."""
    results = [Result(workload, _sample(app, workload, world, change)) for workload in chosen]
    for _ in range(rounds):
        for result in results:
            baseline = one_round(hello, request("/"), 200, None)
            result.rounds.append((_own_round(app, result, world, change), baseline))
    for result in results:
        if not result.workload.cold and not result.workload.revalidates:
            result.many = rate_of_many(app.port, result.workload.as_bytes(world))
    return results


def _sample(app: Server, workload: Workload, world: World, change: Callable[[], None]) -> Answer:
    with Connection(app.port) as connection:
        for _ in range(5):
            if workload.cold:
                change()
            answer = connection.send(workload.as_bytes(world))
        if workload.revalidates:
            answer = connection.send(workload.as_bytes(world, answer.header("ETag")))
    if answer.status != workload.status:
        raise SystemExit(f"{workload.path} answered {answer.status}: {answer.body[:300]!r}")
    return answer


def _own_round(app: Server, result: Result, world: World, change: Callable[[], None]) -> Round:
    workload = result.workload
    if not workload.revalidates:
        return one_round(app, workload.as_bytes(world), workload.status, change if workload.cold else None)
    try:
        return _revalidating_round(app, workload, world)
    except UnexpectedAnswerError:  # a new minute began: what is shown changed meanwhile
        return _revalidating_round(app, workload, world)


def _revalidating_round(app: Server, workload: Workload, world: World) -> Round:
    with Connection(app.port) as connection:
        validator = connection.send(workload.as_bytes(world)).header("ETag")
    return one_round(app, workload.as_bytes(world, validator), workload.status, None)


def one_round(server: Server, message: bytes, status: int, before: Callable[[], None] | None) -> Round:
    """Send a request over and over on one connection; `before` runs before each, unmeasured."""
    totals: list[float] = []
    first_bytes: list[float] = []
    with Connection(server.port) as connection:
        connection.send(message)
        cpu, deadline = server.cpu_seconds(), time.perf_counter() + ROUND_SECONDS
        while time.perf_counter() < deadline or len(totals) < FEWEST:
            if before:
                before()
            answer = connection.send(message)
            if answer.status != status:
                raise UnexpectedAnswerError(f"{message[:80]!r} answered {answer.status}")
            totals.append(answer.total)
            first_bytes.append(answer.first_byte)
        return Round(totals, first_bytes, (server.cpu_seconds() - cpu) / len(totals))


def rate_of_many(port: int, message: bytes) -> float:
    """Return answers a second over many connections at once."""
    counts, deadline = [0] * MANY, time.perf_counter() + MANY_SECONDS

    def visit(number: int) -> None:
        with Connection(port) as connection:
            while time.perf_counter() < deadline:
                connection.send(message)
                counts[number] += 1

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(MANY)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return sum(counts) / MANY_SECONDS
