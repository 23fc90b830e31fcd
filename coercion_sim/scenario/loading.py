"""Loading and checking scenario files: every mistake at once, each with its place and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from coercion_sim.errors import InvalidInput, Problem, ScenarioError
from coercion_sim.files import Document, put
from coercion_sim.policies import Policy, available_policies
from coercion_sim.scenario.checks import check_parts, contradictions
from coercion_sim.scenario.labels import Labels, check_labels, expand
from coercion_sim.scenario.overrides import Overrides, apply_overrides
from coercion_sim.scenario.parts import Lifted, Parts, Policies, lift, read_parts
from coercion_sim.scenario.reading import read_document
from coercion_sim.scenario.scenario import Scenario, assemble, world_reference


def load_scenario(
    name_or_path: str | Path, overrides: Overrides = (), *, policies: Iterable[type[Policy]] = ()
) -> Scenario:
    """Load a scenario and check it against its world.

    Parameters
    ----------
    name_or_path
        A shipped scenario (a name without ``.toml`` and without separators), or the path of a file.
    overrides
        ``key=value`` texts, or a mapping of dotted keys to values, laid over the file; a key set so is certain.
    policies
        Policy classes to know besides those installed, e.g. from `coercion_sim.policies.load_policies`.

    Raises
    ------
    ScenarioError
        With everything that is wrong: file, line, key, what was found, what is allowed, the nearest spelling.
    """
    scenario, problems = _load(name_or_path, overrides, available_policies(policies))
    if scenario is None:
        raise ScenarioError(problems)
    return scenario


def check_scenario(
    name_or_path: str | Path, overrides: Overrides = (), *, policies: Iterable[type[Policy]] = ()
) -> list[Problem]:
    """Everything wrong with a scenario, in the order of the file; empty where nothing is."""
    return _load(name_or_path, overrides, available_policies(policies))[1]


def restore_scenario(source: Mapping[str, Any], *, policies: Iterable[type[Policy]] = ()) -> Scenario:
    """Return the scenario whose `Scenario.source` this is, without the file it came from.

    Raises
    ------
    ScenarioError
        Where this version of the package does not accept it.
    """
    known = available_policies(policies)
    data = _infinities(source["data"])
    written = {"quarters": source["horizon"]}
    document = Document(source["file"], data, Path(source["folder"]), written=written)
    lifted, problems = lift(document)
    parts, wrong = _structure(document, lifted.data, known)
    if problems or wrong:
        raise ScenarioError([*problems, *wrong])
    return assemble(document, lifted, parts, known)


def _infinities(value: Any) -> Any:
    """Data as it was before JSON, which knows no infinity."""
    if isinstance(value, dict):
        return {key: _infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_infinities(item) for item in value]
    return float(value) if value in ("inf", "-inf") else value


def check_values(scenario: Scenario, values: Mapping[str, object]) -> list[Problem]:
    """Everything wrong with a loaded scenario once these dotted keys have these values; empty where nothing is.

    Unlike `Scenario.with_values`, which every replicate calls, this also looks text up in the world's labels.
    """
    try:
        changed = scenario.with_values(values)
    except ScenarioError as error:
        return list(error.problems)
    if not any(isinstance(value, str) for value in values.values()):
        return []
    document, data = changed._document, changed._lifted.data
    parts, _ = read_parts(document, data, changed._classes)
    labels, problems = _world_labels(document, data)
    if labels is not None:
        problems += check_labels(document, data, parts, labels)
    return problems + contradictions(document, parts, lambda names: expand(labels, names))


def _load(name_or_path: str | Path, overrides: Overrides, policies: Policies) -> tuple[Scenario | None, list[Problem]]:
    try:
        document = read_document(name_or_path)
    except ScenarioError as error:
        return None, list(error.problems)
    document, problems = apply_overrides(document, overrides, policies)
    lifted, wrong = lift(document)
    problems += wrong
    malformed = {p.key for p in wrong}
    parts, wrong = _structure(document, lifted.data, policies)
    problems += [p for p in wrong if p.key not in malformed]  # the number standing in for them is nobody's mistake
    problems += _check_trials(document, lifted, policies, known={(p.key, p.message) for p in wrong})
    labels, wrong = _world_labels(document, lifted.data)
    problems += wrong
    if labels is not None:
        problems += check_labels(document, lifted.data, parts, labels)
    problems += contradictions(document, parts, lambda names: expand(labels, names))
    if problems:
        return None, _in_order(problems, document.file)
    return assemble(document, lifted, parts, policies), []


def _structure(document: Document, data: dict[str, Any], policies: Policies) -> tuple[Parts, list[Problem]]:
    parts, problems = read_parts(document, data, policies)
    return parts, problems + check_parts(document, data, parts)


def _check_trials(
    document: Document, lifted: Lifted, policies: Policies, known: set[tuple[str | None, str]]
) -> list[Problem]:
    """Check the file with each uncertain number at both ends and in between, so that no draw can fail later."""
    problems: list[Problem] = []
    for uncertain in lifted.uncertain:
        for value in uncertain.trials[1:]:
            _, wrong = _structure(document, put(lifted.data, lifted.paths[uncertain.path], value), policies)
            fresh = [p for p in wrong if (p.key, p.message) not in known]
            known |= {(p.key, p.message) for p in fresh}
            problems += [
                Problem(
                    f"{p.message} within its uncertainty, {uncertain}",
                    p.file,
                    p.line,
                    p.key,
                    p.found,
                    p.allowed,
                    p.suggestion,
                )
                for p in fresh
            ]
    return problems


def _world_labels(document: Document, data: dict[str, Any]) -> tuple[Labels | None, list[Problem]]:
    """Labels of the world the file names; None where it names none that can be read."""
    from coercion_sim import world as room

    name = data.get("world")
    if not isinstance(name, str) or not name:
        return None, []
    try:
        return room.read_labels(world_reference(name, document.folder)), []
    except InvalidInput as error:
        place = document.origin(("world",))
        return None, [
            Problem(
                p.message if p.file is None else f"cannot read the world: {p}",
                place[0],
                place[1],
                "world",
                p.found or repr(name),
                p.allowed,
                p.suggestion,
            )
            for p in error.problems
        ]


def _in_order(problems: list[Problem], file: str | None) -> list[Problem]:
    """Sort mistakes: the file's own by line, then those of ``--set`` and of parents; each once."""
    once = list(dict.fromkeys(problems))
    return sorted(once, key=lambda p: (p.file != file, p.file or "", p.line or 0))
