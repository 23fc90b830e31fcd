"""The recipe of a world: which states, which sectors, which products split out, which judgements. One TOML file."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import Document, KeyPath, Labels, Table, lay, read_toml, validate

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


def is_service(code: str) -> bool:
    """Whether a code of ISIC Rev. 4 (``C24A``, ``H49``) or ``SERV`` is of sections D to T: utilities and services."""
    return code[0] not in "ABC"


class DataFiles(Table):
    """Names of the files inside the data folder; an optional one left out leaves its part of the world empty.

    `inputs` in CSV form gives shares by family of sectors, with `inputs_world` and `sectors`; as .npz, by industry.
    `services` divides the one services sector of the trade data into industries (`build.icio`). An empty `macro` names
    no file.
    """

    trade: str = "trade_2019_full81.parquet"
    sectors: str = "sectors.csv"
    inputs: str = "io_shares_wiod2011.csv"
    inputs_world: str = "io_shares_world_wiod2011.csv"
    macro: str = "macro_2019.csv"
    services: str | None = None
    products: str | None = None
    ideal_points: str | None = None
    alliances: str | None = None
    groups: str | None = None
    elasticities: str | None = None
    elasticities_gtap: str | None = None


class OwnFiles(Table):
    """Files in the folder of the recipe (paths relative to it) whose rows are read after those of the data folder."""

    products: str | None = None
    macro: str | None = None
    alliances: str | None = None
    groups: str | None = None


class SplitSpec(Table):
    """How products are fitted and taken out of their sectors."""

    floor: Share = 0.10
    overflow: Literal["keep", "cut"] = "keep"
    proportional_weight: Annotated[float, Field(ge=0.0)] = 0.25
    fob_factor: Mapping[str, Positive] = {}


class ServicesSpec(Table):
    """How services are divided: their code in the trade data, and shares of industries' final sales sold abroad."""

    code: str = "SERV"
    final_abroad: Mapping[str, Share] = {}


class HomeSpec(Table):
    """Home sales of a world of one sector whose data are trade between economies alone.

    An economy's gross output is `output_over_gdp` times its recorded GDP, and what it does not export it sells at home.
    Its inputs, of the one sector itself, are ``1 - 1 / output_over_gdp`` of output, so that GDP is the recorded one.
    """

    output_over_gdp: Annotated[float, Field(ge=1.0)]


class CapSpec(Table):
    """Largest intermediate use as a share of spending, and largest inputs as a share of output."""

    intermediate_use: Annotated[float, Field(gt=0.0, le=1.0)] = 0.97
    inputs: Annotated[float, Field(gt=0.0, le=1.0)] = 0.90


class ElasticitySpec(Table):
    """The default set by class, and a name for the variant with product-level values."""

    default: str = "rauch"
    classes: Mapping[str, Positive]
    published: bool = True
    products_set: str | None = None
    products_base: str | None = None


class RoundingSpec(Table):
    """Significant digits kept."""

    flows: Annotated[int, Field(ge=2, le=15)] = 5
    input_share: Annotated[int, Field(ge=2, le=15)] = 5
    attributes: Annotated[int, Field(ge=2, le=15)] = 5


class SourceSpec(Table):
    """One source of data, its origin and licence, for the README."""

    data: str
    source: str
    licence: str


class StateSpec(Table):
    """One state: an economy of the data, a bloc of several, or (`rest`) everything nobody else claims."""

    id: Identifier
    name: str
    members: tuple[str, ...] = ()
    rest: bool = False

    @property
    def economies(self) -> tuple[str, ...]:
        """Codes of the economies it is made of, as far as they are listed."""
        return self.members or (() if self.rest else (self.id,))


class ItemSpec(Table):
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
    """One sector of the data under a readable name (`code`), or several added up (`codes`).

    `kind` tells goods from services (None: by the first letter of its first code, see `is_service`).
    """

    codes: Labels = Field(validation_alias=AliasChoices("codes", "code"), min_length=1)
    kind: Literal["goods", "services"] | None = None

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


class WorldSpec(Table):
    """A whole recipe; see ``scenarios/worlds/pacific-2019/build.toml``, which explains each key.

    `gdp_reasons` says, state by state, why the GDP of the world is far from the recorded one.
    """

    name: Identifier
    title: str
    year: int
    data: DataFiles
    own: OwnFiles = OwnFiles()
    states: Annotated[tuple[StateSpec, ...], Field(min_length=1)]
    sectors: Annotated[tuple[SectorSpec, ...], Field(min_length=1)]
    products: tuple[ProductSpec, ...] = ()
    services: ServicesSpec = ServicesSpec()
    home: HomeSpec | None = None
    split: SplitSpec = SplitSpec()
    caps: CapSpec = CapSpec()
    elasticity: ElasticitySpec
    groups: Mapping[str, str] = {}
    competitors: Mapping[str, tuple[str, ...]] = {}
    attribute_coverage: Share = 0.5
    rounding: RoundingSpec = RoundingSpec()
    gdp_reasons: Mapping[str, str] = {}
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


#: Tables that a recipe may leave out, empty.
_OPTIONAL: Mapping[str, dict[str, Any]] = {
    key: {} for key, field in WorldSpec.model_fields.items() if isinstance(field.default, Table)
}


def read_spec(path: Path, changes: Mapping[str, Any] | None = None) -> WorldSpec:
    """Read and check a recipe; `changes` replaces single values, e.g. ``{"logs.grade": "all"}``.

    A key of `changes` is a dotted path; an element of a list of tables is named by its `id`, and a path that starts
    with the id of a state, sector or product needs nothing before it.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong.
    """
    document = _read_recipe(path)
    for key, value in (changes or {}).items():
        document = document.with_value(_place(document.data, key), value, "--set")
    spec, problems = validate(WorldSpec, document)
    if spec is None or (problems := _contradictions(spec, document)):
        raise WorldError(problems)
    return spec


def _read_recipe(path: Path, above: tuple[Path, ...] = ()) -> Document:
    """Read a recipe, laid over the one that its key `base` names (a path from its own folder), if it has one.

    Tables are laid over key by key; lists (states, sectors, products, sources, notes) are replaced whole. An empty
    value takes an entry of `competitors`, `groups` or `gdp_reasons` away. Files `own` to the base stay beside the base.
    """
    document = read_toml(path, what="recipe", error=WorldError)
    data = dict(document.data)
    name = data.pop("base", None)
    if name is None:
        return document
    below = path.parent / name if isinstance(name, str) else path
    if below.resolve() in (path.resolve(), *above):
        raise WorldError(document.problem(("base",), "must name another recipe", name))
    base = _read_recipe(below, (*above, path.resolve()))
    laid, origins = copy.deepcopy(base.data), dict(base.origins)
    own = laid.get("own")
    if isinstance(own, dict):
        folder = PurePosixPath(name).parent
        laid["own"] = {key: (folder / str(file)).as_posix() for key, file in own.items()}
    lay(laid, origins, data, document.origins)
    for table in ("competitors", "groups", "gdp_reasons"):
        if isinstance(laid.get(table), dict):
            laid[table] = {key: value for key, value in laid[table].items() if value not in ("", [])}
    return replace(document, data=laid, written=laid, moved=origins)


def _place(data: Mapping[str, Any], dotted: str) -> KeyPath:
    """Turn a dotted key into a path of the data: entries of lists by their `id` become positions."""
    data = {**_OPTIONAL, **data}
    parts = dotted.split(".")
    path: tuple[str | int, ...] = ()
    here: Any = data
    if parts[0] not in data:
        listed = ((key, row) for key in ("states", "sectors", "products") for row in _positions(data.get(key, ())))
        key = next((key for key, row in listed if row == parts[0]), None)
        path, here = ((key,), data[key]) if key is not None else ((), data)
    for part in parts[:-1]:
        known = _positions(here) if isinstance(here, list) else here if isinstance(here, dict) else {}
        if part not in known:
            near = nearest(part, map(str, known))
            raise WorldError(Problem("no such key in the recipe", key=dotted, found=part, suggestion=near))
        step = known[part] if isinstance(here, list) else part
        path, here = (*path, step), here[step]
    if not isinstance(here, dict):
        raise WorldError(Problem("names no single value of the recipe", key=dotted))
    return (*path, parts[-1])


def _positions(rows: Any) -> dict[str, int]:
    """Position of each entry of a list of tables by its `id`."""
    return {row["id"]: i for i, row in enumerate(rows) if isinstance(row, dict) and "id" in row}


def _contradictions(spec: WorldSpec, document: Document) -> list[Problem]:
    """List what types cannot catch: labels twice, products without parent, users or classes nobody declared."""
    problems = [document.problem(path, "listed twice", label) for path, label in _repeated(spec)]
    if sum(state.rest for state in spec.states) > 1:
        problems.append(document.problem(("states", "rest"), "only one state can be the rest of the world", "several"))
    problems += [
        document.problem(path, f"unknown {what}", label, None, nearest(label, known))
        for path, what, label, known in _references(spec)
        if label not in known
    ]
    if spec.products and spec.data.products is None and spec.own.products is None:
        problems.append(document.problem(("data", "products"), "products need a file of facts", "nothing"))
    if spec.home is not None and len(spec.items) > 1:
        few = "home sales are known for a world of one sector only"
        problems.append(document.problem(("home",), few, f"{len(spec.items)} sectors"))
    return problems


def _repeated(spec: WorldSpec) -> Iterator[tuple[KeyPath, str]]:
    """Every label listed more than once, with its place."""
    listed: tuple[tuple[KeyPath, tuple[str, ...]], ...] = (
        (("states",), spec.state_ids),
        (("states", "members"), tuple(m for state in spec.states for m in state.economies)),
        (("sectors",), spec.sector_ids),
        (("sectors", "code"), tuple(code for sector in spec.sectors for code in sector.codes)),
    )
    for path, labels in listed:
        yield from ((path, label) for label, times in sorted(Counter(labels).items()) if times > 1)


def _references(spec: WorldSpec) -> Iterator[tuple[KeyPath, str, str, tuple[str, ...]]]:
    """Every label that must name another entry of the recipe: its place, the kind of entry, and the labels declared."""
    codes = tuple(code for sector in spec.sectors for code in sector.codes)
    for i, product in enumerate(spec.products):
        yield ("products", i, "parent"), "parent sector", product.parent, codes
    for key, items in (("sectors", spec.sectors), ("products", spec.products)):
        for i, item in enumerate(items):
            classes = tuple(spec.elasticity.classes)
            yield (key, i, "elasticity_class"), "elasticity class", item.elasticity_class, classes
            for user in item.users or ():
                yield (key, i, "users"), "user", user, spec.sector_ids
    for code in spec.split.fob_factor:
        yield ("split", "fob_factor"), "sector", code, codes
    for state in spec.gdp_reasons:
        yield ("gdp_reasons",), "state", state, spec.state_ids
    for state, rivals in spec.competitors.items():
        for label in (state, *rivals):
            yield ("competitors",), "state", label, spec.state_ids
