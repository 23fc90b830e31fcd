"""What allies of a target do in a dispute of the game, as measures on the market."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.effects import YEAR
from coercion_sim.dispute.payoff_table import HelpSizes, PayoffTable
from coercion_sim.dispute.payoffs import goods_hit
from coercion_sim.dispute.play import Dispute
from coercion_sim.dispute.profiles import spread
from coercion_sim.dispute.settings import DisputeSettings
from coercion_sim.economy import Measure
from coercion_sim.policies import Pledge, Situation

#: Options that help the target, and what is left of an option whose help it refuses.
HELP = ("absorb", "compensate", "compensate_retaliate")
WITHOUT_HELP = {"absorb": "none", "compensate": "none", "compensate_retaliate": "retaliate"}


def help_sizes(pledge: Pledge | None, settings: DisputeSettings) -> HelpSizes:
    """Sizes of the options of a dispute: those promised, or the defaults."""
    if pledge is None:
        return HelpSizes(retaliate_open=settings.retaliate_open)
    return HelpSizes(
        pledge.fraction,
        pledge.absorb_rate,
        pledge.retaliate_open,
        pledge.dependence,
        pledge.sharing,
        pledge.cap,
        pledge.goal,
        pledge.asked_cut,
    )


def responses(
    dispute: Dispute, table: PayoffTable, pledge: Pledge | None, situation: Situation, quarter: int, takes: bool
) -> list[Measure]:
    """Measures of the allies of one imposed dispute in this quarter; `takes`: whether the target takes their help."""
    measures = []
    label = f"{dispute.coercer}-{dispute.target}"
    hit = goods_hit(situation.world, table.packages[dispute.package])

    def act(kind: str, by: str, on: str, sectors: tuple[str, ...], size: float, purpose: str) -> Measure:
        return Measure(
            kind, by, on, sectors, size, quarter, quarter, purpose=purpose, name=f"{purpose} {by}", answers=label
        )

    options = [table.options[o] for o in dispute.profile]
    if table.side_measures:
        helping = any(option in HELP for option in options)
        if takes and helping:
            measures += [replace(m, start=quarter, until=quarter, answers=label) for m in table.side_measures]
        options = options if takes else [WITHOUT_HELP.get(option, option) for option in options]
    money, absorbs = table.money[dispute.package], table.absorbs[dispute.package]
    for ally, option, part, mixed, goods in zip(table.allies, options, money, absorbs, table.cuts, strict=True):
        absorbing = option == "absorb" or (bool(mixed) and option.startswith("compensate"))
        if absorbing and hit and table.sizes.absorb_rate > 0:
            measures.append(act("import_subsidy", ally, dispute.target, hit, table.sizes.absorb_rate, "absorb"))
        if option.startswith("compensate"):
            amount = float(part) * table.sizes.fraction * situation.income_loss(dispute.target)
            if amount > 0:
                measures.append(act("transfer", ally, dispute.target, (), amount, "compensate"))
        if option.endswith("retaliate") and goods and table.sizes.retaliate_open < 1:
            measures.append(act("export_ban", ally, dispute.coercer, goods, table.sizes.retaliate_open, "retaliate"))
    if pledge is not None and pledge.statement:
        measures += [act("statement", ally, dispute.coercer, (), 0.0, "statement") for ally in table.allies]
    return measures


def takes_help(dispute: Dispute, table: PayoffTable, quarter: int) -> bool:
    """Whether relief exceeds the cost to the target of the cut asked in return, in this year of the dispute."""
    later = int(quarter - dispute.imposed_at >= YEAR)
    return bool(_acceptance(table)[(later, dispute.package, *dispute.profile)])


@lru_cache(maxsize=64)
def _acceptance(table: PayoffTable) -> npt.NDArray[np.bool_]:
    """`Profiles.accepted` of a table."""
    return spread(table).accepted
