"""What came after the last decision of a seat, why nothing more was to decide, and what else can be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from coercion_sim.wording import capital, count, fixed, listing, policy_label, spaced, state_name, the

if TYPE_CHECKING:
    from coercion_sim.analysis.play.role import Role
    from coercion_sim.analysis.play.saved_game import SavedGame
    from coercion_sim.dispute import Decision, Dispute
    from coercion_sim.experiments import Job
    from coercion_sim.model import CoercionModel
    from coercion_sim.scenario import Scenario

#: How a dispute ended, as a clause.
ENDED = {
    "no_pressure": "{coercer} did not press",
    "conceded_to_demand": "{target} conceded to the demand",
    "backed_down": "{coercer} backed down",
    "conceded": "{target} conceded under the measures",
    "settled": "both settled",
    "lifted": "{coercer} lifted its measures",
    "lapsed": "the measures lapsed",
}
#: Endings in which a coercer with more at stake would have gone further.
HELD_BACK = ("no_pressure", "backed_down")
#: Later disputes, and other states, named one by one.
MOST_NAMED = 5


def afterwards(
    model: CoercionModel, scenario: Scenario, seats: Sequence[str], answered: Sequence[Decision]
) -> Iterator[str]:
    """Sentences on the quarters after the last decision of the seats of a run that is over."""
    if model.diplomacy is None:
        return
    called = scenario.actors.names(model.world)
    names = {s: the(state_name(called, s)) for s in (*model.world.states, *model.actors)}
    disputes, own = model.diplomacy.disputes, None
    last = answered[-1].quarter if answered else -1
    if answered:
        own = _dispute_of(answered[-1], disputes)
        yield _own(own, answered[-1], names, scenario.quarter_label, more=last + 1 < model.quarters)
    if last + 1 >= model.quarters:
        return
    people = listing([names[s] for s in seats])
    left = f"from {scenario.quarter_label(last + 1)} to {scenario.quarter_label(model.quarters - 1)}"
    later = [d for d in disputes if d is not own and d.opened > last]
    if own is not None and not own.ending:
        yield f"No decision came to {people} {left}."
    elif not later:
        why = "none arose by chance" if model.diplomacy.challengers else "the scenario has no other"
        yield f"No dispute followed {left}: {why}. So {people} had nothing to decide."
    if later:
        heads = f"{capital(count(len(later), 'other dispute'))} arose {left} without a decision of {people}"
        yield f"{heads}: {_named(later, names, scenario.quarter_label)}."


def _dispute_of(decision: Decision, disputes: Sequence[Dispute]) -> Dispute:
    """Dispute in which a decision was taken: the last of its pair opened by then."""
    pair = decision.coercer, decision.target
    return next(d for d in reversed(disputes) if (d.coercer, d.target) == pair and d.opened <= decision.quarter)


def _own(
    dispute: Dispute, decision: Decision, names: Mapping[str, str], label: Callable[[int], str], *, more: bool
) -> str:
    """Sentence on what became of the dispute of the last decision; `more`: quarters came after it."""
    pair = f"{names[dispute.coercer]} with {names[dispute.target]}"
    if dispute.ending == "no_pressure":
        return f"{_ended(dispute, names, label)}, so no dispute began."
    if dispute.ending in ENDED:
        return f"{_ended(dispute, names, label)}, and that ended the dispute of {pair}."
    why = "; an ally decides once" if decision.move == "help" else "; luck draws the quarters of a review"
    return f"The dispute of {pair} was in force to the end{why if more else ''}."


def _ended(dispute: Dispute, names: Mapping[str, str], label: Callable[[int], str]) -> str:
    clause = ENDED[dispute.ending].format(coercer=names[dispute.coercer], target=names[dispute.target])
    return f"{capital(clause)} in {label(dispute.ended_at)}"


def _named(disputes: Sequence[Dispute], names: Mapping[str, str], label: Callable[[int], str]) -> str:
    """Clauses on the first disputes in which no seat decided, and the number of the others."""
    named = [_later(d, names, label) for d in disputes[:MOST_NAMED]]
    more = [f"{len(disputes) - MOST_NAMED} more"] if len(disputes) > MOST_NAMED else []
    return "; ".join([*named, *more])


def _later(dispute: Dispute, names: Mapping[str, str], label: Callable[[int], str]) -> str:
    """Clause on a dispute in which no seat decided."""
    clause = ENDED.get(dispute.ending, "still in force").format(
        coercer=names[dispute.coercer], target=names[dispute.target]
    )
    return f"{names[dispute.coercer]} on {names[dispute.target]} in {label(dispute.opened)} ({clause})"


def what_else(
    job: Job, game: SavedGame, answered: Sequence[Decision], disputes: Sequence[Dispute], others: Sequence[Role]
) -> Iterator[str]:
    """Sentences on what can be tried after a game: another choice, seat, draw, agreement, or more at stake."""
    if answered:
        last, chosen = answered[-1], game.moves[-1]
        best = max((o for o in last.options if o.label != chosen.choice), key=lambda o: o.value)
        worth = f" (expected worth {fixed(best.value, 3)} % of GDP)" if best.value == best.value else ""
        yield f"Go back to {chosen.quarter} and try another choice: {spaced(best.label)}{worth}."
    if others:
        seats = [f"{the(role.name)} ({role.part})" for role in others[:MOST_NAMED]]
        more = [f"{len(others) - MOST_NAMED} more"] if len(others) > MOST_NAMED else []
        yield f"Decide for another state: {listing([*seats, *more], 'or')}."
    yield "Deal another draw: other stakes, types and luck."
    if policies := [policy_label(p) for p in job.scenario.policies if p != game.policy]:
        yield f"Let allies agree on something else: {listing(policies, 'or')}."
    timid = next((d for d in reversed(disputes) if d.ending in HELD_BACK), None)
    if timid is not None:
        who = the(state_name(job.scenario.actors.names(job.world), timid.coercer))
        stake = fixed(timid.stake_coercer, 2)
        yield (
            f"Let {who} press harder: `--set dispute.stake_coercer=1` gives a coercer 1 % of its GDP at stake at the"
            f" median; here {who} had {stake} %."
        )
