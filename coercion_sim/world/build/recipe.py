"""The recipe of a world: which states, which sectors, which products split out, which judgements. One TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from coercion_sim.files import Labels, Table

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
