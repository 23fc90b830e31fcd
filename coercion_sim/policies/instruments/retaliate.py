"""`retaliate`: allies cut trade with the coercer, by a ban, by licences or by a tariff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field

from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.instruments.base import Instrument, Task
from coercion_sim.world import World

#: Parameter that carries the size of each mode, and the size that changes nothing.
_MODES = {
    "export_ban": ("retaliate_open", 1.0),
    "export_control": ("retaliate_factor", 1.0),
    "import_tariff": ("retaliate_tariff", 0.0),
}


class Retaliate(Instrument):
    """A cut of exports on which the coercer depends, or a tariff on its goods.

    A tariff is answered by an equal one of the coercer (`counter_tariffs`), in the game and in a run.
    """

    name = "retaliate"
    purpose = "retaliate"
    side = "coercer"
    rank = 3
    joins = ("compensate",)
    retaliate_with: Literal["export_ban", "export_control", "import_tariff"] = Field(
        "export_ban", description="retaliate: cut off critical exports, license them, or tax the coercer's goods"
    )
    retaliate_open: float = number_field(0.75, "share", "retaliate by export_ban: share left open", le=1)
    retaliate_factor: float = number_field(
        1.25, "iceberg factor", "retaliate by export_control: iceberg factor", ge=1, le=100
    )
    retaliate_tariff: float = number_field(0.25, "ad-valorem fraction", "retaliate by import_tariff: rate", le=10)
    dependence: float = number_field(
        0.70, "share", "retaliate: least share of the coercer's imports the allies together supply (Cha 2023)", le=1
    )

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Act on the goods in the trade with the coercer."""
        if self.idle or not task.goods:
            return ()
        return (Measure(self.retaliate_with, task.ally, task.coercer, task.goods, self.size, purpose=self.purpose),)

    def priced(self, task: Task) -> tuple[Measure, ...]:
        """Return the measures, and under a tariff the equal one of the coercer."""
        own = self.measures(task)
        return own + counter_tariffs(own)

    def goods(self, world: World, coercer: str, allies: Sequence[str]) -> tuple[str, ...]:
        """Sectors to act on; none against an actor outside the world."""
        if coercer not in world.states or not allies:
            return ()
        return critical_goods(world, coercer, allies, self.dependence) if self.by_good else ("goods",)

    def goods_of(self, ally: str, world: World, coercer: str, goods: tuple[str, ...]) -> tuple[str, ...]:
        """Goods the ally sells the coercer: who sells none has nothing to cut off, and does not retaliate."""
        if not self.by_good or coercer not in world.states:
            return goods
        flows = world.flows[:, world.state_index(ally), world.state_index(coercer)]
        return tuple(good for good in goods if flows[world.sector_indices((good,))].sum() > 0.0)

    @property
    def by_good(self) -> bool:
        """Whether it acts on exports; a tariff is on all goods."""
        return self.retaliate_with != "import_tariff"

    @property
    def size(self) -> float:
        """The size of the mode chosen."""
        return float(getattr(self, _MODES[self.retaliate_with][0]))

    @property
    def idle(self) -> bool:
        """Whether the size changes nothing."""
        return self.size == _MODES[self.retaliate_with][1]

    def scaled(self, part: float) -> Self:
        """Return a part of it: the distance of the size from the one that changes nothing, times the part."""
        field, neutral = _MODES[self.retaliate_with]
        return self if part == 1.0 else self.model_copy(update={field: neutral + part * (self.size - neutral)})

    def unused(self) -> dict[str, str]:
        """Sizes of the other modes, and the dependence where a tariff covers all goods."""
        mode = f'retaliate_with is "{self.retaliate_with}"'
        idle = {field: mode for name, (field, _) in _MODES.items() if name != self.retaliate_with}
        return idle if self.by_good else {**idle, "dependence": mode}


def counter_tariffs(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Tariffs of the states that these measures retaliate against: an equal one for each tariff, on the same goods.

    Without an answer a tariff is free money, since prices move in favour of who levies it.
    """
    return tuple(
        replace(m, by=m.on, on=m.by, name=f"answer of {m.on} to {m.by}" if m.name else "")
        for m in measures
        if m.purpose == Retaliate.purpose and m.kind == "import_tariff"
    )


def critical_goods(world: World, coercer: str, allies: Sequence[str], dependence: float) -> tuple[str, ...]:
    """Goods where these allies together supply at least `dependence` of the coercer's imports at baseline."""
    share = world.import_share(coercer, *allies)
    return tuple(world.sectors[j] for j in world.goods if share[j] >= dependence)
