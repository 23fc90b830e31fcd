"""What a scenario's ``[dispute]`` says, as the model takes it."""

from __future__ import annotations

from coercion_sim.dispute import Challenger, DisputeSettings, Hazards, PackageSizes, Screen


def screen_of(settings: DisputeSettings) -> Screen:
    """What a coercer will not risk, as the scenario says."""
    s = settings
    return Screen(s.screen, s.screen_supply_share, s.screen_good_cost, s.screen_package_cost)


def sizes_of(settings: DisputeSettings, hazards: Hazards | None = None) -> PackageSizes:
    """Sizes of the packages, as the scenario says; without hazards no pressure but on trade."""
    s = settings
    grey, rumours = (0.0, 0.0) if hazards is None else (hazards.pressure.grey_zone, hazards.pressure.disinformation)
    return PackageSizes(s.leakage, s.barrier, s.services_barrier, s.control, s.critical, grey, rumours)


def challengers_of(settings: DisputeSettings) -> dict[tuple[str, str], Challenger]:
    """Who may press whom at random, and how: every pair of coercers and targets, and challengers with their own."""
    found = {
        (coercer, target): Challenger(state=coercer, targets=(target,))
        for coercer in settings.coercers
        for target in settings.targets
        if target != coercer
    }
    for challenger in settings.challengers:
        found |= {(challenger.state, target): challenger for target in challenger.targets if target != challenger.state}
    return found
