"""What observers believed quarter by quarter in the disputes of one run."""

from __future__ import annotations

from dataclasses import dataclass

from coercion_sim.analysis.replay.replay import replayed
from coercion_sim.experiments import Results


@dataclass(frozen=True)
class BeliefPath:
    """Beliefs in one dispute: mu, that the target is resolved, and nu, that the coercer is firm.

    Attributes
    ----------
    steps
        Quarters from the one in which the dispute arose to its end, or the run's.
    target_resolved, coercer_firm
        Belief before the first move, then at the end of each quarter of `steps`; one number more than quarters.
    resolved, firm
        The true types.
    same_code
        Whether the results were made by this very code.
    """

    coercer: str
    target: str
    steps: tuple[int, ...]
    target_resolved: tuple[float, ...]
    coercer_firm: tuple[float, ...]
    resolved: bool
    firm: bool
    pressed: bool
    ending: str
    same_code: bool


def belief_paths(results: Results, policy: str, replicate: int = 0, point: int = 0) -> tuple[BeliefPath, ...]:
    """Play one run of results again and follow the beliefs in each of its disputes; tables hold only the last ones.

    Empty where states do not choose.

    Raises
    ------
    InvalidInput, ResultsError
        As `replayed`.
    """
    with replayed(results, policy, replicate, point) as run:
        model = run.model
        if model.diplomacy is None:
            return ()
        seen: dict[int, list[tuple[int, tuple[float, float]]]] = {}
        while model.quarter < model.quarters:
            now = model.quarter
            model.step()
            for number, dispute in enumerate(model.diplomacy.disputes):
                if dispute.stage != "over" or dispute.ended_at == now:
                    seen.setdefault(number, []).append((now, dispute.beliefs))
        paths = []
        for number, dispute in enumerate(model.diplomacy.disputes):
            first = dispute.decisions[0].beliefs if dispute.decisions else dispute.beliefs
            quarters = seen[number]
            paths.append(
                BeliefPath(
                    coercer=dispute.coercer,
                    target=dispute.target,
                    steps=tuple(q for q, _ in quarters),
                    target_resolved=(first[0], *(b[0] for _, b in quarters)),
                    coercer_firm=(first[1], *(b[1] for _, b in quarters)),
                    resolved=dispute.resolved,
                    firm=dispute.firm,
                    pressed=dispute.package >= 0,
                    ending=dispute.ending or "unended",
                    same_code=run.same_code,
                )
            )
        return tuple(paths)
