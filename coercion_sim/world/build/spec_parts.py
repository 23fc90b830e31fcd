"""The parts of a recipe that say where numbers come from and how they are treated; `spec` puts a recipe together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Frozen(BaseModel):
    """Unknown keys are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataFiles(Frozen):
    """Names of the files inside the data folder; an optional one left out leaves its part of the world empty."""

    trade: str = "trade_2019_full81.parquet"
    sectors: str = "sectors.csv"
    inputs: str = "io_shares_wiod2011.csv"
    inputs_world: str = "io_shares_world_wiod2011.csv"
    macro: str = "macro_2019.csv"
    products: str | None = None
    ideal_points: str | None = None
    alliances: str | None = None
    groups: str | None = None
    elasticities: str | None = None
    elasticities_gtap: str | None = None


class OwnFiles(Frozen):
    """Files beside the recipe (paths relative to it) whose rows are read after those of the data folder."""

    products: str | None = None
    macro: str | None = None
    alliances: str | None = None
    groups: str | None = None


class SplitSpec(Frozen):
    """How products are fitted and taken out of their sectors."""

    floor: Share = 0.10
    overflow: Literal["keep", "cut"] = "keep"
    proportional_weight: Annotated[float, Field(ge=0.0)] = 0.25
    fob_factor: Mapping[str, Positive] = {}


class CapSpec(Frozen):
    """Largest intermediate use as a share of spending, and largest inputs as a share of output."""

    intermediate_use: Annotated[float, Field(gt=0.0, le=1.0)] = 0.97
    inputs: Annotated[float, Field(gt=0.0, le=1.0)] = 0.90


class ElasticitySpec(Frozen):
    """The default set by class, and a name for the variant with product-level values."""

    default: str = "rauch"
    classes: Mapping[str, Positive]
    published: bool = True
    products_set: str | None = None
    products_base: str | None = None


class RoundingSpec(Frozen):
    """Significant digits kept."""

    flows: Annotated[int, Field(ge=2, le=15)] = 5
    input_share: Annotated[int, Field(ge=2, le=15)] = 5
    attributes: Annotated[int, Field(ge=2, le=15)] = 5


class SourceSpec(Frozen):
    """One source of data, its origin and licence, for the README."""

    data: str
    source: str
    licence: str
