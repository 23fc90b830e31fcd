"""Scenario files: found by name, read once through (extend, override, lift numbers, validate, check)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from coercion_sim.errors import InvalidInput, Problem, ScenarioError, nearest
from coercion_sim.files import LONGEST_NAME, Document, KeyPath, Piece, keys, read_toml, validate_all
from coercion_sim.policies import Policy
from coercion_sim.scenario.checks import check
from coercion_sim.scenario.draft import Draft, Overrides, Policies, apply_overrides, merge
from coercion_sim.scenario.names import in_world
from coercion_sim.scenario.tables import SECTIONS, Header, MeasureSpec
from coercion_sim.scenario.uncertain import Lifted, Trial, lift
from coercion_sim.world import WorldLabels

_PACKAGE = Path(__file__).resolve().parents[1]


def scenario_folder() -> Path:
    """Folder of the shipped scenarios: inside an installed package, else in the source checkout."""
    installed = _PACKAGE / "_shipped" / "scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def list_scenarios() -> tuple[str, ...]:
    """Names of the shipped scenarios, sorted."""
    return tuple(sorted(path.stem for path in scenario_folder().glob("*.toml")))


def is_name(name_or_path: str | Path) -> bool:
    """Whether this means a shipped scenario: a word without ``.toml`` and separators; anything else is a path."""
    word = isinstance(name_or_path, str) and name_or_path not in (".", "..")
    return word and not str(name_or_path).lower().endswith(".toml") and not any(c in str(name_or_path) for c in "/\\")


def scenario_reference(name: str, folder: Path) -> str:
    """What `load_scenario` or `load_world` takes for a name in a file of this folder: a shipped name, or a path.

    A path stays one: ``./tiny`` in a file of the present folder is ``./tiny``, never the name ``tiny``.
    """
    path = str(folder / name)
    return name if is_name(name) else f"./{path}" if is_name(path) else path


def resolve(name_or_path: str | Path, relative_to: Path | None = None) -> tuple[Path, str]:
    """Return the file of a name or path, and its name in messages.

    Raises
    ------
    ScenarioError
        For a name that is not shipped, with the nearest one.
    """
    if not is_name(name_or_path):
        path = Path(name_or_path)
        return (path if relative_to is None else relative_to / path), str(name_or_path)
    name = str(name_or_path)
    path = scenario_folder() / f"{name}.toml"
    if path.is_file():
        return path, path.name
    known = list_scenarios()
    local = next((f"./{near}" for near in (f"{name}.toml", name) if name and Path(".", near).is_file()), None)
    message = f"no shipped scenario is called {name!r}; a file is given with its ending, as ./{name or 'mine'}.toml"
    raise ScenarioError(Problem(message, allowed=", ".join(known) or "none", suggestion=local or nearest(name, known)))


def name_of(path: Path) -> str:
    """Name of a scenario that has none of its own: that of its file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip("._-")[:LONGEST_NAME].rstrip(".") or "scenario"


_DEEPEST = 8
_EXAMPLE = "a scenario; `coercion-sim copy australia-2020 mine.toml` writes one to start from"


def read_scenario(name_or_path: str | Path, overrides: Overrides, policies: Policies) -> tuple[Draft, list[Problem]]:
    """Read a scenario file once through: extend, override, name states by code, lift uncertain numbers, check.

    Raises
    ------
    ScenarioError
        For a file that cannot be read at all.
    """
    document = read_document(name_or_path)
    if "vary" in document.data:
        run = f"coercion-sim sweep {name_or_path}"
        raise ScenarioError(document.problem(("vary",), "this is the plan of a sweep, not a scenario", None, run))
    problems: list[Problem] = []
    if overrides:
        document, problems = apply_overrides(document, overrides, policies, named_policies(document.data))
    labels, unknown = world_labels(document)
    if labels is not None:
        document, unknown = in_world(document, labels, policy_tables(document.data, policies))
    lifted, malformed = lift(document)
    draft, wrong = read_tables(document, lifted, policies)
    wrong += check(draft, labels, wrong)
    substituted = {p.key for p in malformed}  # a number stands in for each: its problems are nobody's mistake
    problems += [*malformed, *(p for p in (*wrong, *unknown) if p.key not in substituted)]
    file = document.file
    return draft, sorted(dict.fromkeys(problems), key=lambda p: (p.file != file, p.file or "", p.line or 0))


def read_document(name_or_path: str | Path, above: tuple[Path, ...] = ()) -> Document:
    """Read a scenario file and the files it extends, `above` being those that extend it.

    Raises
    ------
    ScenarioError
        For a file that is missing, no file, not text, not TOML or empty, and for `extends` in a circle.
    """
    path, label = resolve(name_or_path, above[-1].parent if above else None)
    key = path.resolve()
    if key in above:
        chain = " -> ".join(p.name for p in (*above[above.index(key) :], key))
        raise ScenarioError(Problem("files extend one another in a circle", file=label, key="extends", found=chain))
    if len(above) >= _DEEPEST:
        raise ScenarioError(Problem(f"more than {_DEEPEST} files extend one another", file=label, key="extends"))
    document = read_toml(path, label, what="scenario", example=_EXAMPLE, error=ScenarioError)
    data = {"name": name_of(path), **document.data}
    parent = data.pop("extends", None)
    document = replace(document, data=data, written=data)
    if parent is None:
        return document
    if not isinstance(parent, str) or not parent:
        raise ScenarioError(document.problem(("extends",), "must name a shipped scenario or a file", parent))
    try:
        base = read_document(parent, (*above, key))
    except ScenarioError as error:
        reasons = (f"cannot extend {parent!r}: {p}" for p in error.problems)
        raise ScenarioError(document.problem(("extends",), reason) for reason in reasons) from None
    return merge(base, document)


def read_tables(document: Document, lifted: Lifted, policies: Policies) -> tuple[Draft, list[Problem]]:
    """Validate every table, and those with an uncertain number once more with each of its trial values."""
    data = lifted.data
    named = named_policies(data)
    pieces = {piece.path: piece for piece in _pieces(data, [policies[name] for name in named if name in policies])}
    trials = [trial for trial in lifted.trials if trial.path in pieces]
    read = validate_all(document, [*pieces.values(), *(_tried(trial, pieces, policies, data) for trial in trials)])
    models = {path: model for path, (model, _) in zip(pieces, read, strict=False)}
    wrong = [problems for _, problems in read]
    draft = Draft(
        document,
        lifted,
        header=models[()],
        measures=tuple(model for path, model in models.items() if path[:1] == ("measures",)),
        policy={str(path[1]): model for path, model in models.items() if path[:1] == ("policy",)},
        trials=tuple(zip(trials, wrong[len(pieces) :], strict=True)),
        **{key: models[key,] for key in SECTIONS},
    )
    problems = [_of_another(problem, policies) for problem in chain.from_iterable(wrong[: len(pieces)])]
    return draft, problems + _unread(document, data, policies, named)


def check_in_world(document: Document, lifted: Lifted, policies: Policies) -> list[Problem]:
    """Return everything wrong between the keys of tables without mistakes, and names that their world does not know."""
    labels, problems = world_labels(document)
    if labels is not None:
        problems = in_world(document, labels, policy_tables(document.data, policies), by_name=False)[1]
    return [*check(read_tables(document, lifted, policies)[0], labels, ()), *problems]


def _of_another(problem: Problem, policies: Policies) -> Problem:
    """Name the policies that take a parameter which this one does not, instead of guessing at a misspelling."""
    table, _, key = (problem.key or "").rpartition(".")
    if problem.message != "unknown key" or not table.startswith("policy."):
        return problem
    owners = [name for name, policy in policies.items() if key in keys(policy.Parameters)]
    if not owners:
        return problem
    return replace(problem, message=f"unknown key, a parameter of {', '.join(owners)}", suggestion=None)


def _tried(trial: Trial, pieces: Mapping[KeyPath, Piece], policies: Policies, data: Mapping[str, Any]) -> Piece:
    """Return the table of a trial with the model of its place."""
    if trial.path[0] == "policy":
        return policy_piece(policies[str(trial.path[1])], trial.table, data)
    return pieces[trial.path]._replace(data=trial.table)


def _unread(
    document: Document, data: Mapping[str, Any], policies: Policies, named: Mapping[str, KeyPath]
) -> list[Problem]:
    """Report what has no model: unknown policies, `measures` that is not a list, `policy` that is not a table."""
    problems = [
        document.problem(path, "unknown policy", name, ", ".join(policies), nearest(name, policies))
        for name, path in named.items()
        if name not in policies
    ]
    if not isinstance(data.get("measures", []), list):
        problems.append(document.problem(("measures",), "must be a list of tables", None, "[[measures]]"))
    if not isinstance(data.get("policy", {}), dict):
        problems.append(document.problem(("policy",), "must be a table", data["policy"], "[policy.NAME]"))
    return problems


def _pieces(data: Mapping[str, Any], policies: Iterable[type[Policy]]) -> Iterator[Piece]:
    """Every table of a scenario's data with its model; the policies are those it names."""
    lists = ("measures", "policy")
    top = {key: value for key, value in data.items() if key not in (*SECTIONS, *lists)}
    if "policies" in top:
        top["policies"] = _canonical(top["policies"])
    yield Piece((), Header, top, ("extends", *SECTIONS, *lists))
    yield from (Piece((key,), model, data.get(key, {})) for key, model in SECTIONS.items())
    measures = data.get("measures")
    for i, table in enumerate(measures if isinstance(measures, list) else ()):
        yield Piece(("measures", i), MeasureSpec, table)
    tables = data.get("policy")
    for policy in policies:
        yield policy_piece(policy, tables.get(policy.name, {}) if isinstance(tables, dict) else {}, data)


def _canonical(policies: object) -> object:
    """Names of policies in one spelling: a list inside the list, ``a + b`` and ``["a", "b"]`` both mean ``a+b``."""
    items = policies.split(",") if isinstance(policies, str) else policies
    if not isinstance(items, (list, tuple)):
        return policies
    joined = ("+".join(map(str, item)) if isinstance(item, (list, tuple)) else item for item in items)
    return ["+".join(part.strip() for part in item.split("+")) if isinstance(item, str) else item for item in joined]


def policy_piece(policy: type[Policy], table: object, data: Mapping[str, Any]) -> Piece:
    """Table of a policy, with `members` and `competitor` from ``[actors]`` where it has none."""
    actors = data.get("actors", {})
    if isinstance(table, Mapping) and isinstance(actors, Mapping):
        bloc = actors.get("bloc", [])
        cast = {
            "members": [bloc] if isinstance(bloc, str) else bloc,
            "competitor": actors.get("competitor") or actors.get("coercer"),
        }
        table = {k: v for k, v in cast.items() if v and k in policy.Parameters.model_fields} | dict(table)
    return Piece(("policy", policy.name), policy.Parameters, table)


def policy_tables(data: Mapping[str, Any], policies: Policies) -> dict[str, Mapping[str, Any]]:
    """Parameters of every known policy that a file names, as written or taken over, over the defaults."""
    written = data.get("policy")
    tables = {}
    for name in named_policies(data):
        table = written.get(name, {}) if isinstance(written, Mapping) else {}
        if name in policies and isinstance(table, Mapping):
            fields = policies[name].Parameters.model_fields
            given: Any = policy_piece(policies[name], table, data).data
            tables[name] = {key: field.default for key, field in fields.items()} | given
    return tables


def named_policies(data: Mapping[str, Any]) -> dict[str, KeyPath]:
    """Policies a file names, in `policies` or by a table of parameters, with the place of the first naming."""
    named: dict[str, KeyPath] = {}
    listed = data.get("policies", [])
    entries = listed.split(",") if isinstance(listed, str) else listed if isinstance(listed, list) else []
    for i, entry in enumerate(entries):
        path: KeyPath = ("policies",) if isinstance(listed, str) else ("policies", i)
        for name in entry if isinstance(entry, list) else str(entry).split("+"):
            named.setdefault(str(name).strip(), path)
    for name in data["policy"] if isinstance(data.get("policy"), dict) else ():
        named.setdefault(name, ("policy", name))
    return named


def world_labels(document: Document) -> tuple[WorldLabels | None, list[Problem]]:
    """Labels of the world the file names; None where it names none that can be read."""
    from coercion_sim import world as room

    name = document.data.get("world")
    if not isinstance(name, str) or not name:
        return None, []
    try:
        return room.read_labels(name, document.folder), []
    except InvalidInput as error:
        return None, [
            document.problem(
                ("world",),
                p.message if p.file is None else f"cannot read the world: {p}",
                p.found or repr(name),
                p.allowed,
                p.suggestion,
            )
            for p in error.problems
        ]
