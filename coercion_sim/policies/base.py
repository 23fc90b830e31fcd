"""What a policy is: a rule that reads the situation of a quarter and answers with measures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, Problem, spell
from coercion_sim.policies.burden_sharing import BurdenSharing
from coercion_sim.policies.instruments import Absorb, Compensate, Instrument, Retaliate, Statement
from coercion_sim.policies.instruments.base import Side
from coercion_sim.world import World

#: Any parameter model, and a kind of smaller model whose fields it has.
AModel = TypeVar("AModel", bound=BaseModel)
Conduct = Literal["scripted", "strategic"]


class PolicyParameters(BaseModel):
    """Base of every policy's parameter model: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    read_from: ClassVar[tuple[str, str] | None] = None

    def take(self, kind: type[AModel]) -> AModel:
        """Return the smaller model whose fields are all among these parameters."""
        return kind.model_validate({name: getattr(self, name) for name in kind.model_fields})

    def unused(self, conduct: Conduct) -> dict[str, str]:
        """Parameters that change nothing at the values of the others, each with the reason."""
        return {}


class Bloc(PolicyParameters):
    """Parameters of a policy about a bloc and its competitor."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"), min_length=1, description="States of the bloc"
    )
    competitor: str = Field("CHN", description="Principal competitor of the bloc; it cannot be a member")

    @model_validator(mode="after")
    def _bloc_without_its_competitor(self) -> Self:
        """Refuse a bloc that names a state twice or holds the competitor."""
        if self.competitor in self.members:
            raise ValueError(f"the competitor {self.competitor} cannot be a member of the bloc")
        if len(set(self.members)) < len(self.members):
            raise ValueError("a state is listed twice in members")
        return self


class Outlook(Protocol):
    """Long-run questions to the economy as it stands; every answer is a function of the question alone."""

    @property
    def world(self) -> World:
        """Labels, arrays, alliances, groups."""

    def effect(self, measures: Sequence[Measure]) -> Array:
        """Long-run change of real income by state under these measures, (N,), percent of own GDP, dates ignored."""

    @property
    def at_start(self) -> Outlook:
        """The same questions to the economy of before the first quarter, without anything that stands."""

    def trade_after(self, measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        """Trade between a and b, both ways, in the long run under these measures, as a share of baseline trade.

        In sales net of tariffs over the sectors named; 1 where the two do not trade.
        """

    def loss_if_turned(self, coercer: str, state: str) -> float:
        """L_i: a state's long-run loss a year if the coercer turned on it, percent of own GDP, >= 0.

        Under a ban of every good that passes the share rule of the screen, and a boycott of services.
        """

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """Integration index of each member in the long-run equilibrium after a cut of iceberg costs among members."""


class Situation(Outlook, Protocol):
    """What a policy may see of a quarter: everything up to the end of the quarter before, and nothing later."""

    @property
    def quarter(self) -> int:
        """The quarter being decided, counted from 0."""

    @property
    def last_quarter(self) -> int:
        """Last quarter of the run."""

    def pressure(self) -> Sequence[Measure]:
        """Coercive measures in force both in the quarter before and in this one: what can be answered now."""

    def income_loss(self, state: str) -> float:
        """Loss of income in the quarter before, help received added back, US$ million a year, >= 0.

        ``(W_without - W) I_0`` plus help, W real income in this run and in the same run without coercive measures.
        """

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Sales in the quarter before, US$ million a year, net of tariffs."""

    def rates_to_place(self, target: str, allies: Sequence[str], goods: Sequence[str]) -> Mapping[str, float]:
        """Subsidy at which these allies together buy what is left of the volume of each good that pressure took.

        By markets of the quarter before; a good that is absent may be bought without limit.
        """

    def draw(self, purpose: str, who: str = "") -> float:
        """Luck, uniform on [0, 1): a function of (seed, replicate, purpose, who, quarter) alone.

        The same question gives the same number, however often and in whatever order it is asked, under any policy.
        The only randomness a policy may use.
        """


@dataclass(frozen=True)
class Response:
    """What a policy does.

    Attributes
    ----------
    measures
        From `respond`: in force this quarter alone. From `prepare`: standing, with their own dates.
    notes
        (kind of event, state, text), for the record of events.
    adjustment_cost
        (state, rate): quarters of income lost per unit of factor income that changes sector, in each quarter.
    facts
        (fact, state, value): numbers for the table of facts; the state is empty where a fact is of nobody's own.
    """

    measures: tuple[Measure, ...] = ()
    notes: tuple[tuple[str, str, str], ...] = ()
    adjustment_cost: tuple[tuple[str, float], ...] = ()
    facts: tuple[tuple[str, str, float], ...] = ()

    @classmethod
    def joined(cls, responses: Iterable[Response]) -> Response:
        """Several responses as one, in their order."""
        every = tuple(responses)
        return cls(
            tuple(m for r in every for m in r.measures),
            tuple(n for r in every for n in r.notes),
            tuple(c for r in every for c in r.adjustment_cost),
            tuple(f for r in every for f in r.facts),
        )


def answer_of(policy: Policy, method: Literal["prepare", "respond"], situation: Situation) -> Response:
    """Ask a policy.

    Raises
    ------
    InvalidInput
        Where it returns something else than a `Response`.
    """
    answer: object = getattr(policy, method)(situation)
    if isinstance(answer, Response):
        return answer
    place, allowed = f"{policy.name}.{method}", "return Response(tuple(measures)), or Response() to do nothing"
    raise InvalidInput(Problem("has to return a Response", key=place, found=spell(answer), allowed=allowed))


#: Any instrument.
AnInstrument = TypeVar("AnInstrument", bound=Instrument)


@dataclass(frozen=True)
class Pledge:
    """What allies promised a target against a coercer, and how much their word is worth to them (model.md §5).

    Attributes
    ----------
    allies
        Allies that promised; each may still choose otherwise.
    strength
        A_i: what breaking the promise costs, percent of own GDP.
    promised
        Names of the instruments promised.
    instruments
        Instruments open to the allies, promised or not, each with its size; an idle one is not an option.
    sharing
        How the burden is divided among the allies that act.
    link
        chi in [0, 1]: share of the pledge that holds against pressure that is not economic, kept by retaliating.
    required_cut
        Share of its trade with the coercer that the target must cut to be helped; 0 asks for nothing.
    """

    allies: tuple[str, ...]
    strength: float = 0.0
    promised: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = field(
        default_factory=lambda: (Absorb(), Statement(), Compensate(), Retaliate())
    )
    sharing: BurdenSharing = field(default_factory=BurdenSharing)
    link: float = 0.0
    required_cut: float = 0.0

    def promises(self, side: Side) -> bool:
        """Whether an instrument of this side is promised."""
        return any(x.side == side and x.name in self.promised for x in self.instruments)

    @property
    def condemnation(self) -> float:
        """Cost of the words promised to the coercer, once, percent of GDP; 0 where no ally is left to speak."""
        words = (x for x in self.instruments if self.allies and x.name in self.promised)
        return sum((x.condemnation for x in words), 0.0)

    def instrument(self, kind: type[AnInstrument]) -> AnInstrument:
        """The instrument of this kind; at its defaults where the pledge has none."""
        return next((x for x in self.instruments if isinstance(x, kind)), kind())

    def with_instrument(self, new: Instrument) -> Pledge:
        """The pledge with this instrument in place of the one of its name."""
        others = tuple(x for x in self.instruments if x.name != new.name)
        kept = sorted((*others, new), key=lambda x: (x.rank, x.name))
        return replace(self, instruments=tuple(kept))


class Policy(ABC):
    """One rule. Subclasses set the class attributes and write `respond`; they keep no state between quarters.

    Joined with others (``a+b``) a rule adds its measures to theirs, and may amend their promises and measures.

    Attributes
    ----------
    name
        How scenario files call it.
    words
        The sentence of the Brussels remarks (24 March 2021) it puts on trial.
    summary
        One line: what it changes, and its price.
    read_from
        (file name, SHA-256 of its text), set by `load_policies` on the classes of a file the user names.
    sized_by_economy
        Whether sizes it promises follow from the economy, so that payoffs are solved for each draw, not interpolated.

    Parameters
    ----------
        Its parameter model.
    """

    name: ClassVar[str]
    words: ClassVar[str]
    summary: ClassVar[str]
    Parameters: ClassVar[type[PolicyParameters]] = PolicyParameters
    read_from: ClassVar[tuple[str, str] | None] = None
    sized_by_economy: bool = False

    def __init__(self, parameters: PolicyParameters | None = None) -> None:
        self.parameters = parameters if parameters is not None else self.Parameters()

    @abstractmethod
    def respond(self, situation: Situation) -> Response:
        """Answer the situation with the measures in force this quarter."""

    def prepare(self, situation: Situation) -> Response:
        """Decide once, before the first quarter; the measures returned stand for the whole run."""
        return Response()

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """What allies promise when states choose for themselves (conduct = "strategic"); None: nothing."""
        return None

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Change a promise that another policy, joined to this one, has made."""
        return pledge

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Change measures that states take, whoever asked for them: those that stand, and answers as they come.

        A measure may be weakened or dropped, never aimed at somebody else. Coercive measures are not shown.
        """
        return measures

    @property
    def shield(self) -> float:
        """Share of the spill-over onto cooperation that the policy prevents, 0 to 1."""
        return 0.0
