"""What is asked of a policy, and the report of what it does not keep to."""

from __future__ import annotations

from dataclasses import dataclass

#: Every rule that is checked, and why it is there.
RULES: dict[str, str] = {
    "described": "says in words what it does and what each parameter means: lists and scenario files show it",
    "runs": "answers every situation without an error, and the markets clear under its answers",
    "deterministic": "gives the same answer to the same question, so that a run can be repeated bit for bit",
    "stateless": "keeps nothing between quarters: what it knows is in the situation and in its parameters",
    "luck_by_event": "is random through `situation.draw` alone, so that policies meet the same luck",
    "hands_off": "changes neither the world, nor the situation, nor the measures it is shown",
    "valid_answer": "answers with measures, notes and facts that exist: states, sectors, kinds, finite numbers",
    "dates": "`respond` acts in this quarter alone; `prepare` within the run",
    "purposes": "`respond` absorbs, compensates, retaliates, derisks or speaks; `prepare` integrates or derisks",
    "valid_pledge": "promises in range, by states of the world that are neither coercer nor target",
    "only_weakens": "`amend` weakens or drops measures; it adds none and aims none at somebody else",
    "composes": "joined to other policies it does the same and they do the same",
    "help_within_ceiling": "helps nobody but states under pressure, by no more than the loss they have",
}


@dataclass(frozen=True)
class Violation:
    """One rule broken: which, where, and what was found."""

    rule: str
    where: str
    found: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.found}"


@dataclass(frozen=True)
class PolicyReport:
    """What checking a policy found.

    Attributes
    ----------
    policy, parameters
        What was checked.
    questions
        How many answers were looked at.
    violations
        Every rule broken, each once per place.
    """

    policy: str
    parameters: str
    questions: int
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the rules broken, in the order of `RULES`."""
        found = {v.rule for v in self.violations}
        return tuple(rule for rule in RULES if rule in found)

    def of(self, rule: str) -> tuple[Violation, ...]:
        """What breaks one rule."""
        if rule not in RULES:
            raise KeyError(f"no rule {rule!r}; there are {', '.join(RULES)}")
        return tuple(v for v in self.violations if v.rule == rule)

    def __str__(self) -> str:
        head = f"policy {self.policy} ({self.parameters or 'no parameters'}): {self.questions} answers looked at"
        if self.ok:
            return f"{head}, every rule kept"
        lines = [f"{head}, {len(self.broken)} of {len(RULES)} rules broken"]
        for rule in self.broken:
            lines.append(f"- {rule}: a policy {RULES[rule]}")
            lines += [f"    {v.where}: {v.found}" for v in self.of(rule)]
        return "\n".join(lines)


class PolicyFault(AssertionError):
    """Raised by `assert_policy`; carries the report."""

    def __init__(self, report: PolicyReport) -> None:
        super().__init__(str(report))
        self.report = report
