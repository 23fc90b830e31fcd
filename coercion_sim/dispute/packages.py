"""Packages of measures a coercer can press with, and the screen that strikes goods out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from coercion_sim.dispute.effects import Economy
from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.errors import NoSupplierError
from coercion_sim.policies import critical_goods
from coercion_sim.world import World

#: Every package a coercer may be given.
PACKAGES = (
    "record", "narrow", "barriers", "screened", "services", "screened_services", "export_control",
    "grey_zone", "disinformation", "hybrid",
)  # fmt: skip
#: Goods are too small to matter where sales of the target to the coercer are below this percentage of its GDP.
TOO_SMALL = 1e-3

#: Which rules of the screen are applied (model.md §5).
ScreenMode = Literal["both", "cost", "share", "off"]


@dataclass(frozen=True)
class Screen:
    """What a coercer will not risk. An assumption about governments, not a result.

    Attributes
    ----------
    mode
        Which rules apply.
    supply_share
        No good where the target supplies more than this share of the coercer's imports.
    good_cost
        No good whose ban costs the coercer more than this, percent of GDP a year in the long run.
    package_cost
        No package that costs the coercer more than this, percent of GDP in the first year.
    """

    mode: ScreenMode = "both"
    supply_share: float = 0.42
    good_cost: float = 0.005
    package_cost: float = 0.02


@dataclass(frozen=True)
class Depth:
    """How deep a measure cuts: the share of trade it leaves, or in its place the size of its kind."""

    left: float | None = None
    size: float | None = None

    def measures(self, kind: str, by: str, on: str, sectors: Sequence[str]) -> tuple[Measure, ...]:
        """One measure of this depth; none without sectors, or where all trade is left."""
        if not sectors or self.left == 1.0:
            return ()
        return (Measure(kind, by, on, tuple(sectors), math.nan if self.size is None else self.size, left=self.left),)


@dataclass(frozen=True)
class PackageSizes:
    """Depth of the packages' measures; records and judgements, with ranges in the documentation.

    Attributes
    ----------
    ban
        Bans of goods.
    barrier
        Customs delays on all goods that pass the screen.
    services
        Boycott of travel, study and other services.
    control
        Export controls.
    critical
        Export controls cover goods where the coercer supplies at least this share of the target's imports.
    grey_zone, disinformation
        Loss of the target, percent of its GDP a year.
    """

    ban: Depth = Depth(left=0.03)
    barrier: Depth = Depth(left=0.5)
    services: Depth = Depth(left=0.6)
    control: Depth = Depth(left=0.4)
    critical: float = 0.5
    grey_zone: float = 0.3
    disinformation: float = 0.05


@dataclass(frozen=True)
class ScreenedGood:
    """One good of the target in the coercer's market, and which rule struck it out (empty: none).

    `supply_share` is the target's share of the coercer's imports of it; `cost` and `loss` are the long-run effects of a
    complete ban, percent of GDP of the coercer (below 0: a gain) and of the target.
    """

    good: str
    supply_share: float
    cost: float
    loss: float
    struck_by: str


@dataclass(frozen=True)
class Package:
    """A named set of measures by one coercer on one target."""

    name: str
    measures: tuple[Measure, ...]

    @property
    def goods(self) -> tuple[str, ...]:
        """Sectors it names."""
        return tuple(sorted({s for m in self.measures for s in m.sectors}))

    @property
    def on_trade(self) -> bool:
        """Whether it has any measure on trade."""
        return any(m.kind not in NON_ECONOMIC for m in self.measures)

    @property
    def non_economic(self) -> bool:
        """Whether it has any measure that is not on trade."""
        return any(m.kind in NON_ECONOMIC for m in self.measures)


def screen_goods(economy: Economy, coercer: str, target: str, screen: Screen) -> tuple[ScreenedGood, ...]:
    """Judge every good the target sells to the coercer: its supply share, and the cost and harm of banning it.

    A ban that would leave the coercer without a supplier counts as infinitely costly.
    """
    world = economy.world
    if coercer not in world.states:
        return ()
    c, t = world.state_index(coercer), world.state_index(target)
    screened = []
    for j, good in enumerate(world.sectors):
        sold = world.flows[j, t, c]
        if world.is_service(good) or 100.0 * sold / world.baseline.gdp[t] < TOO_SMALL:
            continue
        imports = world.flows[j, :, c].sum() - world.flows[j, c, c]
        share = float(sold / imports)
        try:
            ban = Measure("import_ban", coercer, target, (good,), 0.0)
            effect = economy.long_run((ban,))
            cost, loss = -float(effect[c]), -float(effect[t])
        except NoSupplierError:
            cost, loss = float("inf"), float("nan")
        screened.append(ScreenedGood(good, share, cost, loss, _struck_by(screen, share, cost)))
    return tuple(screened)


def _struck_by(screen: Screen, share: float, cost: float) -> str:
    """Name the rule that strikes a good out, the share rule first."""
    if screen.mode in ("both", "share") and share > screen.supply_share:
        return "supply share"
    if screen.mode in ("both", "cost") and cost > screen.good_cost:
        return "own cost"
    return ""


def candidate_packages(
    world: World,
    coercer: str,
    target: str,
    goods: Sequence[ScreenedGood],
    sizes: PackageSizes,
    names: Sequence[str] = PACKAGES,
    record: Sequence[Measure] = (),
) -> tuple[Package, ...]:
    """List the packages open to a coercer, before their effects are known; those without any measure are left out.

    ``record``: the scenario's own coercive measures on this target. ``narrow``: ban of the passing good that hurts
    most. ``barriers``: customs delays on all passing goods.
    ``screened``: ban of all passing goods. ``services``: boycott of travel and study. ``screened_services``: both.
    ``export_control``: licences on what the coercer mostly supplies to the target. ``grey_zone``, ``disinformation``:
    pressure that is not trade, the only means of an actor outside the world. ``hybrid``: all passing goods banned, with
    both of these.
    """
    kept = [g for g in goods if not g.struck_by]
    passing = tuple(g.good for g in kept)
    worst = tuple(g.good for g in sorted(kept, key=lambda g: (-g.loss, g.good))[:1])

    pair = (coercer, target)
    bans = sizes.ban.measures("import_ban", *pair, passing)
    boycott = sizes.services.measures("import_barrier", *pair, _services(world, coercer))
    patrols = _harm("military", coercer, target, sizes.grey_zone)
    rumours = _harm("disinformation", coercer, target, sizes.disinformation)
    supplies = critical_goods(world, target, (coercer,), sizes.critical) if coercer in world.states else ()
    listed = (
        ("record", tuple(record)),
        ("narrow", sizes.ban.measures("import_ban", *pair, worst)),
        ("barriers", sizes.barrier.measures("import_barrier", *pair, passing)),
        ("screened", bans),
        ("services", boycott),
        ("screened_services", bans + boycott if bans and boycott else ()),
        ("export_control", sizes.control.measures("export_control", *pair, supplies)),
        ("grey_zone", patrols),
        ("disinformation", rumours),
        ("hybrid", bans + patrols + rumours if patrols and rumours else ()),
    )
    return tuple(
        Package(name, tuple(replace(m, name=f"{name} {i + 1}" if len(ms) > 1 else name) for i, m in enumerate(ms)))
        for name, ms in listed
        if ms and name in names
    )


def _services(world: World, coercer: str) -> tuple[str, ...]:
    """Sectors of services; none of an actor without trade."""
    return tuple(filter(world.is_service, world.sectors)) if coercer in world.states else ()


def _harm(kind: str, coercer: str, target: str, loss: float) -> tuple[Measure, ...]:
    """Pressure that is not trade; none without a loss."""
    return (Measure(kind, coercer, target, (), loss),) if loss > 0 else ()
