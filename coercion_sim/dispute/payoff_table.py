"""The payoff table: effects of every package and of every single answer on each state; stored by its content."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import Accuracy, Economy
from coercion_sim.dispute.kept_effects import ROOMS, store
from coercion_sim.dispute.packages import PACKAGES, Package, PackageSizes, Screen, ScreenedGood
from coercion_sim.economy import Measure
from coercion_sim.environment import environment_hash
from coercion_sim.errors import InvalidInput
from coercion_sim.files import code_hash, guarded, read_arrays
from coercion_sim.policies import BurdenSharing, Compensate, Instrument, Pledge, Side, Stake, combinations, label

#: Relief up to this is none, percent of GDP a year.
ROUNDING = 1e-9


@dataclass(frozen=True)
class PayoffQuestion:
    """Everything besides the economy on which a payoff table depends.

    Attributes
    ----------
    coercer, target, allies
        Who presses whom, and allies that may answer.
    instruments, sharing, required_cut
        As in `Pledge`.
    screen, sizes, names
        Packages a coercer may list, their sizes, and the screen they pass.
    given
        Packages taken as they are, unscreened, instead of the listed ones.
    record
        Measures of package ``record``; none where it is not offered.
    """

    coercer: str
    target: str
    allies: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = field(default_factory=lambda: Pledge(()).instruments)
    sharing: BurdenSharing = field(default_factory=BurdenSharing)
    required_cut: float = 0.0
    screen: Screen = field(default_factory=Screen)
    sizes: PackageSizes = field(default_factory=PackageSizes)
    names: tuple[str, ...] = PACKAGES
    given: tuple[Package, ...] | None = None
    record: tuple[Measure, ...] = ()

    def of_side(self, side: Side) -> list[Instrument]:
        """The instruments that act on this side."""
        return [x for x in self.instruments if x.side == side]

    @property
    def buyer(self) -> Instrument | None:
        """The instrument that the mix at least cost sets against money."""
        return next((x for x in self.instruments if x.buys), None)

    @property
    def fraction(self) -> float:
        """Share of the target's loss that is promised as support."""
        return next((x.fraction for x in self.instruments if isinstance(x, Compensate)), 0.0)


@dataclass(frozen=True, eq=False)
class PayoffTable:
    """Effects by package and by single answer, percent of each state's own GDP a year. K packages, n allies, N states.

    Index 0 of the first axis is the mean of the first year, 1 the long run.

    Attributes
    ----------
    question
        What the table answers.
    goods, dropped
        Goods of the target as the screen judged them; (name, reason) of packages that are no option.
    retaliation_goods
        Goods that the allies together could deny the coercer.
    acts_on
        By instrument against the coercer: sectors in which each ally acts.
    alone : (2, K, N)
        Each package, nobody answering.
    effects : (2, K, n, N)
        By instrument: what its use by ally i adds; K is 1 against the coercer, where the package does not matter.
        Single cut-offs add up (joint effect 1-6 % larger).
    money : (K, n)
        Payment of each ally's `compensate`, as a part of the support promised; sums to 1 over allies unless the sharing
        is ``least_cost``.
    absorbs : (K, n)
        Whether its `compensate` buys the goods hit as well: its part of the mix at least cost. Never under other rules.
    promised : (K, n)
        Its part of the support promised, first-year relief: `money`, and the relief of its purchases in the mix.
    turned : (n,)
        L_i: the ally's own long-run loss if the same coercer turned on it, percent of GDP a year, >= 0.
    trade_cut : (2, N)
        The cut of trade asked of the target in return for help, by itself; 0 where none is asked.
    trade_cut_measures
        That cut.
    interpolation
        How exact the effects are where they are interpolated; None where they are solved.
    """

    question: PayoffQuestion
    states: tuple[str, ...]
    packages: tuple[Package, ...]
    goods: tuple[ScreenedGood, ...]
    dropped: tuple[tuple[str, str], ...]
    retaliation_goods: tuple[str, ...]
    acts_on: Mapping[str, tuple[tuple[str, ...], ...]]
    gdp: Array
    alone: Array
    effects: Mapping[str, Array]
    turned: Array
    money: Array
    absorbs: npt.NDArray[np.bool_]
    promised: Array
    trade_cut: Array
    trade_cut_measures: tuple[Measure, ...] = ()
    interpolation: Accuracy | None = None

    @property
    def coercer(self) -> str:
        """Who presses."""
        return self.question.coercer

    @property
    def target(self) -> str:
        """Who is pressed."""
        return self.question.target

    @property
    def allies(self) -> tuple[str, ...]:
        """Allies that may answer."""
        return self.question.allies

    @cached_property
    def menu(self) -> tuple[tuple[Instrument, ...], ...]:
        """Options of an ally, as the instruments each joins; those that would change nothing are left out."""
        every = self.question.instruments
        return combinations([x for x in every if x.side != "words" and x.offered(self.effects[x.name])])

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(label(option) for option in self.menu)

    @property
    def strikes(self) -> Array:
        """1 for options that act against the coercer, (M,)."""
        return np.array([any(x.side == "coercer" for x in option) for option in self.menu], dtype=np.float64)

    @property
    def helps(self) -> Array:
        """1 for options that help the target, (M,)."""
        return np.array([any(x.side == "target" for x in option) for option in self.menu], dtype=np.float64)

    @cached_property
    def acts(self) -> npt.NDArray[np.bool_]:
        """Whether an option does anything, (n, K, M): every instrument it joins does, by this ally under this package.

        Where no goods are hit nobody absorbs them; who sells the coercer none of the goods cut off does not retaliate.
        """
        acts = np.ones((len(self.allies), len(self.packages), len(self.menu)), dtype=bool)
        for i in range(len(self.allies)):
            for o, option in enumerate(self.menu):
                for instrument in option:
                    acts[i, :, o] &= self._acts(i, instrument)
        return acts

    @property
    def can_strike(self) -> Array:
        """1 for allies with an option that acts against the coercer, (n,)."""
        return np.asarray((self.acts & (self.strikes > 0)).any(axis=(1, 2)), dtype=np.float64)

    def _acts(self, i: int, instrument: Instrument) -> npt.NDArray[np.bool_]:
        """Whether an instrument in the hands of ally i does anything, (K,)."""
        stake = self.stake(i, instrument)
        if instrument.side == "coercer":
            return np.asarray(stake.effect.any(axis=(0, 2)))
        buys = self.absorbs[:, i] if isinstance(instrument, Compensate) and self.question.buyer else False
        return np.asarray((instrument.relief(stake).max(axis=0) > ROUNDING) | buys)

    def of(self, state: str) -> int:
        """Position of a state on the last axis."""
        return self.states.index(state)

    def loss(self) -> Array:
        """Loss of the target under each package without help, (2, K), >= 0."""
        return np.maximum(0.0, -self.alone[:, :, self.of(self.target)])

    def stake(self, ally: int, instrument: Instrument) -> Stake:
        """Numbers by which one ally prices one instrument."""
        every = self.effects[instrument.name][:, :, ally]
        effect = np.broadcast_to(every, (2, len(self.packages), len(self.states)))
        at = self.of(self.allies[ally]), self.of(self.target)
        return Stake(effect, self.loss(), self.money[:, ally], *at, self.gdp)


def on_ally_axis(array: Array, i: int, n: int) -> Array:
    """Place (..., M) on the axis of ally i of n: ``(..., 1, M, 1)`` with n axes at the end, so that it broadcasts."""
    return array.reshape(*array.shape[:-1], *[array.shape[-1] if j == i else 1 for j in range(n)])


#: Folder of tables between commands; empty keeps them in memory only.
FOLDER_VARIABLE = "COERCION_SIM_CACHE"
_ARRAYS = ("gdp", "alone", "turned", "money", "absorbs", "promised", "trade_cut")
#: Prefix of an instrument's effects among the arrays of a file.
_EFFECT = "effect of "


def content_of(economy: Economy, question: PayoffQuestion) -> str:
    """Key of a table: a hash of every array of the economy, its parameters, the question, code and environment."""
    content = json.dumps([code_hash(ROOMS), environment_hash(), economy.content, repr(question)])
    return sha256(content.encode()).hexdigest()[:32]


class PayoffStore:
    """Tables by key: in memory for the last ones used, and in a folder for later commands."""

    def __init__(self, folder: Path | None, most: int = 256) -> None:
        self.folder = folder
        self.most = most
        self.tables: dict[str, PayoffTable] = {}

    def get(
        self, key: str, question: PayoffQuestion, solve: Callable[[], PayoffTable], *, on_disk: bool = True
    ) -> PayoffTable:
        """Return the table of this key, solving it only if nobody has; `on_disk`, it is looked for and stored there."""
        table = self.tables.get(key) or (self._read(key, question) if on_disk else None)
        if table is None:
            table = solve()
            if on_disk:
                self._write(key, table)
        if len(self.tables) >= self.most:
            self.tables.pop(next(iter(self.tables)))
        self.tables[key] = table
        return table

    def _read(self, key: str, question: PayoffQuestion) -> PayoffTable | None:
        """Return a stored table; None where the folder has none, or none that can be read."""
        if self.folder is None:
            return None
        path = self.folder / f"{key}.npz"
        with suppress(InvalidInput), guarded(path, "payoff table"):
            return _table(read_arrays(path, kinds="fiubU"), question)
        return None

    def _write(self, key: str, table: PayoffTable) -> None:
        """Store a table whole, or not at all where the folder cannot be written: it is only a convenience."""
        if self.folder is None:
            return
        labels = {
            "states": table.states, "goods": [asdict(g) for g in table.goods], "dropped": table.dropped,
            "packages": [(p.name, [asdict(m) for m in p.measures]) for p in table.packages],
            "retaliation_goods": table.retaliation_goods, "acts_on": dict(table.acts_on),
            "trade_cut_measures": [asdict(m) for m in table.trade_cut_measures],
        }  # fmt: skip
        arrays = {name: getattr(table, name) for name in _ARRAYS}
        arrays |= {_EFFECT + name: effect for name, effect in table.effects.items()}
        store(self.folder / f"{key}.npz", {"labels": np.array(json.dumps(labels)), **arrays})


def _table(stored: Mapping[str, npt.NDArray[Any]], question: PayoffQuestion) -> PayoffTable:
    """Make a table of the arrays of a file, whose shapes must fit its labels."""
    labels = json.loads(str(stored["labels"]))
    arrays: dict[str, Any] = {name: stored[name] for name in _ARRAYS}
    table = PayoffTable(
        question=question,
        states=tuple(labels["states"]),
        packages=tuple(Package(name, tuple(_measure(m) for m in ms)) for name, ms in labels["packages"]),
        goods=tuple(ScreenedGood(**good) for good in labels["goods"]),
        dropped=tuple((name, why) for name, why in labels["dropped"]),
        retaliation_goods=tuple(labels["retaliation_goods"]),
        acts_on={name: tuple(tuple(own) for own in every) for name, every in labels["acts_on"].items()},
        effects={n.removeprefix(_EFFECT): stored[n] for n in stored if n.startswith(_EFFECT)},
        trade_cut_measures=tuple(_measure(m) for m in labels["trade_cut_measures"]),
        **arrays,
    )
    packages, allies, states = len(table.packages), len(question.allies), len(table.states)
    each = (packages, allies)
    wanted = {
        "gdp": (states,), "alone": (2, packages, states), "turned": (allies,), "money": each, "absorbs": each,
        "promised": each, "trade_cut": (2, states),
    }  # fmt: skip
    fits = all(getattr(table, name).shape == shape for name, shape in wanted.items()) and all(
        effect.shape in ((2, packages, allies, states), (2, 1, allies, states)) for effect in table.effects.values()
    )
    if not fits:
        raise ValueError("arrays do not fit the labels")
    return table


def _measure(stored: dict[str, Any]) -> Measure:
    """Make a measure from its fields."""
    return Measure(**{**stored, "sectors": tuple(stored["sectors"])})


@lru_cache(maxsize=1)
def payoff_store() -> PayoffStore:
    """Return the store of this process. Tables are functions of their key, so sharing them changes no result."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named is not None:
        return PayoffStore(Path(named) if named else None)
    return PayoffStore(Path.home() / ".cache" / "coercion-sim" / "payoffs")
