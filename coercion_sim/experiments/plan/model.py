"""Plans of sweeps: the tables of a plan file as pydantic models, and the plan as checked without its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from coercion_sim.experiments.design.design import MOST_REPLICATES
from coercion_sim.experiments.design.stopping import Of, StoppingRule
from coercion_sim.files import Document, FolderName, KeyPath, Table
from coercion_sim.outcomes import KEYS, OUTCOMES, TABLES

How = Literal["grid", "random", "sobol", "latin_hypercube", "morris", "saltelli", "table"]
#: Value of a block's parameter that keeps the scenario's distribution; as `parameters`, of all uncertain numbers.
UNCERTAIN: Final = "uncertain"
#: Keys that change the shape or the identity of results, or what is drawn, and so are one for a whole sweep.
FIXED = (
    "name", "title", "question", "description", "world", "start", "quarters", "replicates", "seed", "policies",
    "dispute.draws",
)  # fmt: skip
#: Rows one block may have.
MOST_ROWS: Final = 1_000_000


def may_vary(key: str) -> bool:
    """Whether a sweep may vary this key."""
    return key not in FIXED and not key.startswith("report.")


# ------------------------------------------------------------------ tables of the file


def _policies(given: object) -> object:
    """Read policies as scenario files do: a list, or text with commas; ``a + b`` or a list inside joins several."""
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, list) or not items:
        raise ValueError("must be a list of policies, one name or more")
    policies = []
    for item in items:
        parts = item if isinstance(item, list) else str(item).split("+") if isinstance(item, str) else []
        if not parts or not all(isinstance(part, str) and part.strip() for part in parts):
            raise ValueError("must be a list of names of policies")
        policies.append("+".join(part.strip() for part in parts))
    return tuple(policies)


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise ValueError("must be a whole number from 0 to 2^63 - 1")
    return seed


def _replicates(count: int) -> int:
    if not 1 <= count <= MOST_REPLICATES:
        rule = '{ until = "success_rate", half_width = 0.02, at_most = 2000 }'
        raise ValueError(f"must be a whole number from 1 to {MOST_REPLICATES}, or {rule}")
    return count


def _power_of_two(n: int) -> int:
    if n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        raise ValueError(f"must be a power of two; the nearest are {below} and {2 * below}")
    return n


def _even(levels: int) -> int:
    if levels % 2:
        raise ValueError("must be even")
    return levels


def _filled(value: Any) -> Any:
    if not value or (isinstance(value, str) and not value.strip()):
        raise ValueError("must not be empty")
    return value


Text = Annotated[str, AfterValidator(_filled)]
if TYPE_CHECKING:
    Outcome: TypeAlias = str
    TableName: TypeAlias = str
else:
    Outcome = Literal[tuple(c.name for c in OUTCOMES if c not in KEYS and c.type in ("int", "float"))]
    TableName = Literal[tuple(TABLES)]


class PlanTable(Table):
    """The top of a plan file."""

    scenario: Text = Field(description="a shipped scenario or a path from here")
    name: FolderName | None = Field(None, description="name of the folder of the results; the file's if absent")
    question: str = Field("", description="what the sweep asks, for headings")
    policies: Annotated[tuple[str, ...] | None, BeforeValidator(_policies)] = Field(
        None, description="policies run; the scenario's if absent"
    )
    seed: Annotated[int, AfterValidator(_seed)] | None = Field(
        None, description="root of every random draw; the scenario's if absent"
    )
    uncertain: Literal["drawn", "defaults"] = Field(
        "drawn", description="whether uncertain numbers that do not vary are drawn, or kept at their defaults"
    )
    replicates: Annotated[int, AfterValidator(_replicates)] | None = Field(
        None, description="draws at each point, or a stopping rule; the scenario's number if absent"
    )
    tables: tuple[TableName, ...] | None = Field(None, description="tables of results kept; all if absent")
    set: dict[str, Any] = Field(default_factory=dict, description="values of the scenario for the whole sweep, by key")
    vary: tuple[dict[str, Any], ...] = Field((), description="blocks of parameters, crossed with one another")


class StoppingTable(Table):
    """``replicates = { until = ..., half_width = ..., at_most = ... }``."""

    until: Outcome = Field(description="an outcome; see `coercion-sim list outcomes`")
    half_width: float = Field(gt=0, description="a number above 0, in the outcome's unit")
    at_most: int = Field(ge=2, le=MOST_REPLICATES, description=f"a whole number, 2 to {MOST_REPLICATES}")
    confidence: float = Field(StoppingRule.confidence, gt=0, lt=1, description="of the interval")
    of: Of = Field(StoppingRule.of, description="mean whose interval it is: of each policy, or of its differences")


Parameters = Annotated[dict[str, Any], AfterValidator(_filled)]
_PARAMETERS = "[vary.parameters] with lines `key = ...`"


class VaryTable(Table):
    """What every ``[[vary]]`` block has: the way of laying out its points."""

    how: How = Field(description="grid, random, sobol, latin_hypercube, morris, saltelli, table")

    @property
    def size(self) -> int:
        """Points or trajectories asked for; 0 for a grid and a table."""
        return int(getattr(self, "points", getattr(self, "trajectories", 0)))


class AnyBlock(VaryTable):
    """A ``[[vary]]`` block whose way is not known yet."""

    model_config = ConfigDict(extra="ignore")


class GridBlock(VaryTable):
    """All combinations of lists of values."""

    parameters: Parameters = Field(description=_PARAMETERS)


class TableBlock(VaryTable):
    """Points from a CSV file."""

    file: Text = Field(description="a CSV file, its header the parameters, one row a point")


class PointsBlock(VaryTable):
    """Points spread over distributions."""

    points: int = Field(ge=1, le=MOST_ROWS, description=f"a whole number, 1 to {MOST_ROWS}")
    parameters: Parameters | Literal["uncertain"] = Field(description=f'{_PARAMETERS}, or "{UNCERTAIN}"')


class BinaryBlock(PointsBlock):
    """Points of a Sobol' sequence: a power of two."""

    points: Annotated[int, AfterValidator(_power_of_two)] = Field(ge=1, le=MOST_ROWS, description="a power of two")


class MorrisBlock(VaryTable):
    """Trajectories for elementary effects."""

    trajectories: int = Field(ge=1, le=MOST_ROWS, description=f"a whole number, 1 to {MOST_ROWS}")
    levels: Annotated[int, AfterValidator(_even)] = Field(
        4, ge=2, le=1000, description="values of each parameter, an even number"
    )
    parameters: Parameters | Literal["uncertain"] = Field(description=f'{_PARAMETERS}, or "{UNCERTAIN}"')


#: Model of a block by its way.
BLOCKS: Final[Mapping[object, type[VaryTable]]] = {
    "grid": GridBlock, "table": TableBlock, "morris": MorrisBlock, "random": PointsBlock,
    "latin_hypercube": PointsBlock, "sobol": BinaryBlock, "saltelli": BinaryBlock,
}  # fmt: skip


# ------------------------------------------------------------------ the plan as checked


class Placed(NamedTuple):
    """A value of the plan, and its path in the file."""

    value: Any
    place: KeyPath


@dataclass(frozen=True)
class VarySpec:
    """One block of a plan, not yet checked against a scenario.

    Attributes
    ----------
    number
        Position in the plan, from 0.
    table
        The block as the plan gives it.
    parameters
        Dotted key -> `Given`, in the order of the file; ``"uncertain"``: all the scenario's uncertain numbers; empty
        for a table of points, whose header names them.
    """

    number: int
    table: VaryTable
    parameters: Mapping[str, Placed] | Literal["uncertain"]

    @property
    def place(self) -> KeyPath:
        """Path of the block in the plan."""
        return ("vary", self.number)


@dataclass(frozen=True)
class Plan:
    """A sweep: points (blocks crossed with one another) x replicates x policies.

    Attributes
    ----------
    name
        Short name, used for folders.
    question
        The question of the sweep, in prose.
    scenario
        Scenario as the plan names it.
    policies, seed, replicates, tables
        The scenario's, or all tables, where None.
    uncertain
        Whether the scenario's uncertain numbers that the plan does not vary are drawn per replicate or at their
        defaults.
    settings
        Dotted key -> value for the whole sweep.
    blocks
        Blocks of parameters that vary.
    document
        The file, mapping or flags of the plan.
    scenario_source
        Argument of `load_scenario`: a shipped name, or the path seen from the plan's folder.
    """

    name: str
    question: str
    scenario: str
    policies: tuple[str, ...] | None
    seed: int | None
    uncertain: Literal["drawn", "defaults"]
    replicates: int | StoppingRule | None
    tables: tuple[str, ...] | None
    settings: Mapping[str, Placed]
    blocks: tuple[VarySpec, ...]
    document: Document
    scenario_source: str

    @property
    def file(self) -> str | None:
        """Name of the plan's file; None for a mapping, ``--set`` for flags."""
        return self.document.file

    @property
    def set(self) -> dict[str, object]:
        """Overrides of the scenario for the whole sweep, by dotted key."""
        return {key: setting.value for key, setting in self.settings.items()}
