"""The narrative of one run: every dispute, every decision with its alternatives, every measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.replay.narrative_records import (
    AllyRecord,
    Choice,
    DisputeNarrative,
    MeasureSpell,
    Option,
    PackageRecord,
    Payment,
    RunNarrative,
)
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.experiments import make_job

if TYPE_CHECKING:
    from coercion_sim.dispute import Dispute
    from coercion_sim.economy import Measure
    from coercion_sim.model import Case, CoercionModel
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


def run_narrative(
    scenario: str | Path | Scenario, policy: str | None = None, seed: int | None = None, replicate: int = 0, *,
    overrides: Iterable[str] = (), at_defaults: bool = False, policy_files: PolicyFiles = (),
    world: World | None = None,
) -> RunNarrative:  # fmt: skip
    """Play one replicate of one policy (None: the first the scenario names) and narrate it; arguments as in `simulate`.

    It is the run of `simulate` with this seed: replicate k has the same draw of the uncertain numbers, the same luck.
    """
    job = make_job(
        scenario, policy, replicates=replicate + 1, seed=seed, overrides=overrides, at_defaults=at_defaults,
        policy_files=policy_files, world=world,
    )  # fmt: skip
    with model_of(job, replicate) as (model, resolved):
        while model.quarter < model.quarters:
            model.step()
        return RunNarrative(
            scenario=resolved.name,
            title=resolved.title,
            world=resolved.world,
            policy=job.design.policies[0],
            seed=job.design.seed,
            replicate=replicate,
            conduct=resolved.conduct,
            quarters=tuple(resolved.quarter_label(q) for q in range(model.quarters)),
            values=job.design.of_replicate(replicate) | _row_drawn(resolved),
            review=resolved.dispute.review,
            scripted_measures=sum(m.purpose == "coercion" for s in model.states for m in s.script),
            disputes=_disputes(model, resolved),
            measures=_measures(model, resolved),
            payments=_payments(model),
            effects=_effects(model),
        )


def _row_drawn(scenario: Scenario) -> dict[str, float]:
    """Behavioural numbers of a run that took a row of the posterior, by dotted key; those the file fixes included."""
    from coercion_sim.dispute import BEHAVIOUR_RANGES

    settings = scenario.dispute
    return {} if settings.row is None else {f"dispute.{name}": getattr(settings, name) for name in BEHAVIOUR_RANGES}


def _disputes(model: CoercionModel, scenario: Scenario) -> tuple[DisputeNarrative, ...]:
    """Every dispute of a finished run."""
    from coercion_sim.model import dispute_rows

    if model.diplomacy is None:
        return ()
    played = zip(model.diplomacy.disputes, dispute_rows(model, scenario), strict=True)
    return tuple(_dispute(d, model.diplomacy.cases[i], row, scenario) for i, (d, row) in enumerate(played))


def _depth(measure: Measure) -> str:
    """Size of a measure, or the share of trade it leaves."""
    return f"{measure.size:g}" if measure.left is None else f"leaving {100.0 * measure.left:g} %"


def _dispute(dispute: Dispute, case: Case, row: Mapping[str, Any], scenario: Scenario) -> DisputeNarrative:
    """One dispute with its table; `row` is its row of results."""
    table, game = case.table, dispute.game
    c, t = table.of(table.coercer), table.of(table.target)
    packages = tuple(
        PackageRecord(
            p.name,
            tuple(f"{m.kind} {_depth(m)} on {', '.join(m.sectors)}" for m in p.measures),
            *(float(x) for x in (*table.alone[:, k, t], *table.alone[:, k, c])),
        )
        for k, p in enumerate(table.packages)
    )
    did = [game.options[o] for o in dispute.profile] or [""] * len(game.allies)
    numbers = np.array([game.interest, game.pledge, game.reliability, table.turned]).T.tolist()
    allies = tuple(
        AllyRecord(a, interest, pledge, reliability, loss, act)
        for a, (interest, pledge, reliability, loss), act in zip(game.allies, numbers, did, strict=True)
    )
    began = dispute.decisions[0].beliefs if dispute.decisions else dispute.beliefs
    return DisputeNarrative(
        **{name: row[name] for name in ("coercer", "target", "quarter", "stake_coercer", "stake_target", "package")},
        **{name: row[name] for name in ("ending", "imposed", "ended", "length", "table_effect", "realised_effect")},
        firm=dispute.firm,
        resolved=dispute.resolved,
        belief_target=(began[0], dispute.beliefs[0]),
        belief_coercer=(began[1], dispute.beliefs[1]),
        packages=packages,
        goods=table.goods,
        dropped=table.dropped,
        retaliation_goods=table.retaliation_goods,
        interpolation=table.interpolation,
        allies=allies,
        decisions=tuple(
            Choice(
                scenario.quarter_label(d.quarter), d.move, d.mover, d.rule, *d.beliefs,
                tuple(Option(a.label, a.value, a.probability, dict(a.terms)) for a in d.options), d.draw, d.chosen,
            )
            for d in dispute.decisions
        ),
    )  # fmt: skip


def _measures(model: CoercionModel, scenario: Scenario) -> tuple[MeasureSpell, ...]:
    """Measures by the quarters they were in force; one that is renewed quarter by quarter is one."""
    spells: dict[tuple[str, ...], MeasureSpell] = {}
    running: dict[tuple[str, ...], int] = {}
    for record in model.history:
        label = scenario.quarter_label(record.quarter)
        for m in (*record.pressed, *record.answers, *record.standing):
            key = (m.purpose, m.name, m.kind, m.by, m.on, m.answers)
            if running.get(key, -2) != record.quarter - 1:
                # In force anew after a pause: another spell, under a key that no later one has.
                if key in spells:
                    spells[(*key, label)] = spells.pop(key)
                spell = MeasureSpell(m.purpose, m.name, m.kind, m.by, m.on, m.sectors, m.size, label, label)
            else:
                before = spells[key]
                spell = replace(before, size=m.size, last=label)
            spells[key], running[key] = spell, record.quarter
    return tuple(sorted(spells.values(), key=lambda m: (m.first, m.purpose != "coercion", m.by, m.on, m.name)))


def _payments(model: CoercionModel) -> tuple[Payment, ...]:
    """Payments and burdens of the states that answered; annual rates, so a quarter counts a quarter."""
    states = model.world.states
    paid = np.sum([r.help_paid for r in model.history], axis=0) / 4.0
    burden = np.sum([r.burden for r in model.history], axis=0) / 4.0
    answering = {m.by for r in model.history for m in r.taken}
    return tuple(Payment(s, float(paid[i]), float(burden[i])) for i, s in enumerate(states) if s in answering)


def _effects(model: CoercionModel) -> tuple[tuple[str, float], ...]:
    """Effects of coercion and answers on coercers and targets, summed over quarters."""
    total = np.sum([r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp for r in model.history], axis=0) / 4.0
    involved = {s for r in model.history for m in r.pressed for s in (m.by, m.on)}
    return tuple((s, float(total[i])) for i, s in enumerate(model.world.states) if s in involved)
