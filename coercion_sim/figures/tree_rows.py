"""The tree of a dispute as rows of an outline: branches with their probabilities, unlikely ones grouped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan

from coercion_sim.analysis import CourseTree
from coercion_sim.dispute import Branch
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import state_name
from coercion_sim.wording import spaced

#: Least chance, given that the coercer presses, of a branch with a row of its own; rows at most.
LEAST, MOST_ROWS = 0.02, 40
_PACKAGE = "Package: "
#: Kinds of joint responses of the allies.
_KINDS = {"none": "No ally helps", "help": "Allies help the target", "strike": "Allies strike back"}


@dataclass(frozen=True)
class Step:
    """A branch with the moves of all allies made one.

    Attributes
    ----------
    text, clause
        In words, and within a sentence.
    part
        Role of the mover: ``coercer``, ``target``, ``ally``; ``end`` for an end or several branches.
    chance
        Probability given everything before it.
    worth
        To the mover, percent of its GDP; NaN where nobody moves, and for several branches.
    played, over
        Whether this run went this way, and whether the dispute ends here.
    then
        Branches after it.
    """

    text: str
    clause: str
    part: str
    chance: float
    worth: float = nan
    played: bool = False
    over: bool = False
    then: tuple[Step, ...] = ()


@dataclass(frozen=True)
class TreeRow:
    """One row: its level (0 at the top), the row it hangs from (-1 at the top), chance from the start, text, branch."""

    depth: int
    parent: int
    reach: float
    text: str
    step: Step


def steps_of(results: Results, tree: CourseTree) -> tuple[Step, ...]:
    """The tree in words, from whether the coercer presses on."""
    return tuple(_steps(results, tree, tree.root.then, tree.played))


def tree_rows(steps: Sequence[Step], least: float = LEAST, most: int = MOST_ROWS) -> tuple[list[TreeRow], float]:
    """Rows of the tree, and the chance below which branches share a row.

    That is `least`, or more to keep to `most` rows. The chance is given that the coercer presses; the branches of
    that first decision always have rows.
    """
    while len(rows := _outline(steps, least)) > most:
        least *= 1.25
    return rows, least


def courses(steps: Sequence[Step], reach: float = 1.0) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Every whole course followed to its end, with its probability."""
    for step in steps:
        here = reach * step.chance
        if step.over or not step.then:
            yield here, (step.clause,)
        for chance, words in courses(step.then, here):
            yield chance, (step.clause, *words)


def _outline(steps: Sequence[Step], least: float) -> list[TreeRow]:
    rows: list[TreeRow] = []

    def add(level: Sequence[Step], depth: int, parent: int, reach: float, given: float) -> None:
        # `given` is the chance given that the coercer presses, which at the top is that of everything.
        rare = [] if depth == 0 else [s for s in level if given * s.chance < least and not s.played]
        rare = rare if len(rare) > 1 else []
        if rare and len(rare) == len(level):
            rows[parent] = replace(rows[parent], text=f"{rows[parent].text} …")
            return
        # Branches that end at once stand first, next to their parent.
        for step in sorted((s for s in level if s not in rare), key=lambda s: not s.over):
            rows.append(TreeRow(depth, parent, reach * step.chance, step.text, step))
            below = 1.0 if depth == 0 else given * step.chance
            if step.then and (below >= least or step.played):
                add(step.then, depth + 1, len(rows) - 1, reach * step.chance, below)
            elif step.then or (step.part != "end" and not step.over):
                rows[-1] = replace(rows[-1], text=f"{step.text} …")
        if rare:
            chance = sum(s.chance for s in rare)
            others = Step(f"{len(rare)} others", "others", "end", chance, over=all(s.over for s in rare))
            rows.append(TreeRow(depth, parent, reach * chance, others.text, others))

    add(steps, 0, -1, 1.0, 1.0)
    return rows


def _steps(
    results: Results, tree: CourseTree, branches: Sequence[Branch], played: Sequence[str] | None
) -> Iterator[Step]:
    """Branches in words; `played` are the choices of this run from here on, None off its course."""
    for branch in branches:
        if branch.probability == 0.0:
            continue
        if branch.move == "help":
            yield from _answers(results, tree, branches, played)
            return
        mine = bool(played) and played is not None and branch.label == played[0]
        rest = played[1:] if mine and played is not None else None
        part = "coercer" if branch.mover == tree.coercer else "target" if branch.mover == tree.target else "end"
        text = _words(results, tree, branch)
        clause = f"with the {text.removeprefix(_PACKAGE)} package" if branch.move == "package" else text
        then = tuple(_steps(results, tree, branch.then, rest))
        yield Step(text, clause, part, branch.probability, branch.worth, mine, branch.over, then)


def _answers(
    results: Results, tree: CourseTree, branches: Sequence[Branch], played: Sequence[str] | None
) -> Iterator[Step]:
    """Responses of the allies in three kinds; the ends of a kind are means over its combinations of responses."""
    chance: dict[str, float] = {}
    ends: dict[str, dict[str, float]] = {}
    ours = None
    for share, labels, then in _profiles(branches):
        kind = _kind(labels)
        chance[kind] = chance.get(kind, 0.0) + share
        reached = ends.setdefault(kind, {})
        for end in then:
            reached[end.label] = reached.get(end.label, 0.0) + share * end.probability
        if played is not None and tuple(played[: len(labels)]) == labels:
            ours = kind, "".join(played[len(labels) :])
    for kind in (k for k in _KINDS if chance.get(k)):
        steps = [
            Step(*_end(results, tree, label), "end", p / chance[kind], played=ours == (kind, label), over=True)
            for label, p in ends[kind].items()
        ]
        rest = 1.0 - sum(step.chance for step in steps)
        if rest > 1e-9 and steps:
            steps.append(Step("After rarer responses, not followed", "after rarer responses", "end", rest))
        mine = ours is not None and ours[0] == kind
        yield Step(_KINDS[kind], _lower(_KINDS[kind]), "ally", chance[kind], played=mine, then=tuple(steps))


def _profiles(
    level: Sequence[Branch], done: tuple[str, ...] = (), chance: float = 1.0
) -> Iterator[tuple[float, tuple[str, ...], Sequence[Branch]]]:
    """Probability and labels of each combination of responses, and the ends after it."""
    for branch in level:
        acts, here = (*done, branch.label), chance * branch.probability
        if here > 0.0 and branch.then and branch.then[0].move == "help":
            yield from _profiles(branch.then, acts, here)
        elif here > 0.0:
            yield here, acts, branch.then


def _kind(labels: Sequence[str]) -> str:
    return "strike" if any("retaliate" in x for x in labels) else "help" if any(x != "none" for x in labels) else "none"


def _words(results: Results, tree: CourseTree, branch: Branch) -> str:
    if branch.move == "package":
        return f"{_PACKAGE}{spaced(branch.label)}"
    does = {
        "press": "presses", "do not press": "does not press", "concede": "concedes", "resist": "resists",
        "impose": "imposes it", "back down": "backs down",
    }  # fmt: skip
    who = tree.target if branch.label in ("concede", "resist") else tree.coercer
    return f"{state_name(results, who)} {does[branch.label]}"


def _end(results: Results, tree: CourseTree, label: str) -> tuple[str, str]:
    """End of a dispute with measures imposed, as the text of a row and within a sentence."""
    if label in ("conceded", "lifted"):
        who, does = (tree.target, "concedes") if label == "conceded" else (tree.coercer, "lifts")
        text = f"{state_name(results, who)} {does}"
        return text, text
    words = {"settled": "Both settle", "lapsed": "The dispute lapses", "unended": f"Still in force in {tree.last}"}
    text = words[label]
    return text, _lower(text)


def _lower(text: str) -> str:
    """First letter small."""
    return f"{text[:1].lower()}{text[1:]}"
