"""The ledger: which runs of a design are done, by their place in its order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from coercion_sim.experiments.design import Design
from coercion_sim.experiments.tables import RunMark

_TODO, _OK, _FAILED = 0, 1, 2
_STATUS = {"ok": _OK, "failed": _FAILED}


@dataclass
class Ledger:
    """One byte for every run of a design, in the order (point, replicate, policy) in which results are written.

    Attributes
    ----------
    ok, failed
        Runs by status.
    """

    design: Design
    ok: int = 0
    failed: int = 0
    _status: bytearray = field(init=False, repr=False)
    _policies: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._status = bytearray(self.design.runs)
        self._policies = {policy: q for q, policy in enumerate(self.design.policies)}

    def place(self, run: RunMark) -> int | None:
        """Place of a run in the order of the design; None where the design has no such run."""
        policy = self._policies.get(run.policy)
        if policy is None or not 0 <= run.point < self.design.points or run.replicate >= self.design.replicates:
            return None
        return (run.point * self.design.replicates + run.replicate) * len(self._policies) + policy

    def enter(self, runs: Iterable[RunMark]) -> int:
        """Enter finished runs, the last word on each; return how many the design does not have."""
        strange = 0
        for run in runs:
            place = self.place(run)
            if place is None:
                strange += 1
                continue
            self._forget(place)
            self._status[place] = _STATUS[run.status]
            self.ok += run.status == "ok"
            self.failed += run.status == "failed"
        return strange

    def forget_failed(self) -> int:
        """Take failed runs as not done; return how many there were."""
        count, at = self.failed, self._status.find(_FAILED)
        while at >= 0:
            self._forget(at)
            at = self._status.find(_FAILED, at + 1)
        return count

    def missing(self, point: int, replicate: int) -> tuple[str, ...]:
        """Policies not yet run in one world."""
        first = (point * self.design.replicates + replicate) * len(self._policies)
        cells = self._status[first : first + len(self._policies)]
        return tuple(policy for policy, status in zip(self.design.policies, cells, strict=True) if status == _TODO)

    @property
    def counts(self) -> dict[str, int]:
        """Runs by status."""
        return {"ok": self.ok, "failed": self.failed}

    @property
    def done(self) -> int:
        """Runs done, failed or not."""
        return self.ok + self.failed

    def _forget(self, place: int) -> None:
        self.ok -= self._status[place] == _OK
        self.failed -= self._status[place] == _FAILED
        self._status[place] = _TODO
