"""The recipe of a world: which states, which sectors, which products split out, which judgements. One TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import line_of, read_toml
from coercion_sim.world.build.spec_parts import (
    CapSpec,
    DataFiles,
    ElasticitySpec,
    Frozen,
    Identifier,
    OwnFiles,
    RoundingSpec,
    Share,
    SourceSpec,
    SplitSpec,
)


class StateSpec(Frozen):
    """One state: an economy of the data, a bloc of several, or (`rest`) everything nobody else claims."""

    id: Identifier
    name: str
    members: tuple[str, ...] = ()
    rest: bool = False

    @property
    def economies(self) -> tuple[str, ...]:
        """Codes of the economies it is made of, as far as they are listed."""
        return self.members or (() if self.rest else (self.id,))


class ItemSpec(Frozen):
    """One sector of the world; `users` limits who may use it as an input (None: everybody).

    `intermediate` is the share of each state's spending on it that its users buy as an input (None: what the published
    input shares of its family give).
    """

    id: Identifier
    name: str
    elasticity_class: str
    users: tuple[str, ...] | None = None
    intermediate: Share | None = None


class SectorSpec(ItemSpec):
    """One sector of the data under a readable name (`code`), or several added up (`codes`)."""

    codes: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _one_code(cls, raw: Any) -> Any:
        """Read ``code = "A01"`` as ``codes = ["A01"]``."""
        if isinstance(raw, dict) and "code" in raw:
            if "codes" in raw:
                raise ValueError("takes either `code` or `codes`")
            return {key: value for key, value in raw.items() if key != "code"} | {"codes": [raw["code"]]}
        return raw

    @property
    def code(self) -> str:
        """Its code in the data; several are joined by ``+``."""
        return "+".join(self.codes)


class ProductSpec(ItemSpec):
    """A product taken out of the sector of the data with code `parent`, its facts found under `fact`.

    `grade` picks between two home shares.
    """

    fact: str
    parent: str
    grade: Literal["all", "export_grade"] = "all"
    gtap: str | None = None


class WorldSpec(Frozen):
    """A whole recipe; see ``scenarios/worlds/pacific-2019/build.toml``, which explains each key."""

    name: Identifier
    title: str
    year: int
    data: DataFiles
    own: OwnFiles = OwnFiles()
    states: Annotated[tuple[StateSpec, ...], Field(min_length=1)]
    sectors: Annotated[tuple[SectorSpec, ...], Field(min_length=1)]
    products: tuple[ProductSpec, ...] = ()
    split: SplitSpec = SplitSpec()
    caps: CapSpec = CapSpec()
    elasticity: ElasticitySpec
    groups: Mapping[str, str] = {}
    competitors: Mapping[str, tuple[str, ...]] = {}
    attribute_coverage: Share = 0.5
    rounding: RoundingSpec = RoundingSpec()
    sources: tuple[SourceSpec, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def state_ids(self) -> tuple[str, ...]:
        """State labels in order."""
        return tuple(state.id for state in self.states)

    @property
    def items(self) -> tuple[ItemSpec, ...]:
        """Sectors, then products: the sectors of the world in order."""
        return (*self.sectors, *self.products)

    @property
    def sector_ids(self) -> tuple[str, ...]:
        """Labels of sectors, then of products, in order."""
        return tuple(item.id for item in self.items)

    @property
    def parents(self) -> tuple[int, ...]:
        """Position among `sectors` of each label's own sector or, for a product, of the sector it comes from."""
        at = {code: k for k, sector in enumerate(self.sectors) for code in sector.codes}
        return (*range(len(self.sectors)), *(at[product.parent] for product in self.products))


_MODELS: tuple[type[BaseModel], ...] = (
    WorldSpec, DataFiles, OwnFiles, StateSpec, SectorSpec, ProductSpec, SplitSpec, CapSpec, ElasticitySpec,
    RoundingSpec, SourceSpec,
)  # fmt: skip


def read_spec(path: Path, changes: Mapping[str, Any] | None = None) -> WorldSpec:
    """Read and check a recipe; `changes` replaces single values, e.g. ``{"logs.grade": "all"}``.

    A key of `changes` is a dotted path; an element of a list of tables is named by its `id`, and a path that starts
    with the id of a state, sector or product needs nothing before it.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong.
    """
    raw = read_toml(path)
    for key, value in (changes or {}).items():
        _set(raw, key, value)
    text = path.read_text(encoding="utf-8")
    try:
        spec = WorldSpec.model_validate(raw)
    except ValidationError as error:
        raise WorldError(_problem(item, text, path) for item in error.errors()) from None
    problems = _contradictions(spec, path)
    if problems:
        raise WorldError(problems)
    return spec


def _problem(item: ErrorDetails, text: str, path: Path) -> Problem:
    """Say in our words what a type check found, with the line of the key and the nearest right one."""
    words = [part for part in item["loc"] if isinstance(part, str)]
    last = words[-1] if words else ""
    message, found, suggestion = item["msg"], None, None
    if item["type"] == "extra_forbidden":
        message, suggestion = "unknown key", nearest(last, [name for kind in _MODELS for name in kind.model_fields])
    elif item["type"] != "missing":
        found = repr(item["input"])[:60]
    key = ".".join(str(part) for part in item["loc"])
    return Problem(message, file=str(path), line=line_of(text, last), key=key, found=found, suggestion=suggestion)


def _set(raw: dict[str, Any], dotted: str, value: Any) -> None:
    """Replace one value of a parsed recipe in place (the recipe was just read and belongs to us)."""
    parts = dotted.split(".")
    rows = [x for name in ("states", "sectors", "products") for x in raw.get(name, ()) if isinstance(x, dict)]
    listed = {x["id"]: x for x in rows if "id" in x}
    here: Any = raw
    for depth, part in enumerate(parts[:-1]):
        table = {x.get("id"): x for x in here if isinstance(x, dict)} if isinstance(here, list) else here
        found = table if depth or part in table else listed
        if not isinstance(found, dict) or part not in found:
            known = map(str, found) if isinstance(found, dict) else ()
            raise WorldError(
                Problem("no such key in the recipe", key=dotted, found=part, suggestion=nearest(part, known))
            )
        here = found[part]
    if not isinstance(here, dict):
        raise WorldError(Problem("names no single value of the recipe", key=dotted))
    here[parts[-1]] = value


def _contradictions(spec: WorldSpec, path: Path) -> list[Problem]:
    """List what types cannot catch: labels twice, products without parent, users or classes nobody declared."""
    problems: list[Problem] = []

    def say(message: str, key: str, found: str, known: tuple[str, ...] = ()) -> None:
        problems.append(Problem(message, file=str(path), key=key, found=found, suggestion=nearest(found, known)))

    for key, labels in (
        ("states", spec.state_ids),
        ("states.members", tuple(m for state in spec.states for m in state.economies)),
        ("sectors", spec.sector_ids),
        ("sectors.code", tuple(code for sector in spec.sectors for code in sector.codes)),
    ):
        for label in sorted({x for x in labels if labels.count(x) > 1}):
            say("listed twice", key, label)
    if sum(state.rest for state in spec.states) > 1:
        say("only one state can be the rest of the world", "states.rest", "several")
    codes = tuple(code for sector in spec.sectors for code in sector.codes)
    for product in spec.products:
        if product.parent not in codes:
            say("unknown parent sector", f"products.{product.id}.parent", product.parent, codes)
    for item in spec.items:
        if item.elasticity_class not in spec.elasticity.classes:
            say(
                "unknown elasticity class",
                f"{item.id}.elasticity_class",
                item.elasticity_class,
                tuple(spec.elasticity.classes),
            )
        for user in item.users or ():
            if user not in spec.sector_ids:
                say("unknown user", f"{item.id}.users", user, spec.sector_ids)
    for code in spec.split.fob_factor:
        if code not in codes:
            say("unknown sector", "split.fob_factor", code, codes)
    for state, rivals in spec.competitors.items():
        for label in (state, *rivals):
            if label not in spec.state_ids:
                say("unknown state", "competitors", label, spec.state_ids)
    if spec.products and spec.data.products is None and spec.own.products is None:
        say("products need a file of facts", "data.products", "nothing")
    return problems
