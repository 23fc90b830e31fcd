"""The scenario: a checked, frozen file, and what the model asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import PrivateAttr

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import Problem, ScenarioError, nearest
from coercion_sim.files import Document, plain, put, validate_all
from coercion_sim.policies import (
    BUILT_IN,
    Combined,
    Policy,
    PolicyParameters,
    available_policies,
    get_policy,
    installed_policies,
)
from coercion_sim.scenario.checks import check
from coercion_sim.scenario.draft import Draft, Kind, Overrides, Policies, as_source, kinds, nearest_key, value_at
from coercion_sim.scenario.reading import check_in_world, policy_piece, read_scenario, read_tables, scenario_reference
from coercion_sim.scenario.tables import OWN_ELASTICITIES, Actors, Economy, Header, MeasureSpec, Quarter, Report
from coercion_sim.scenario.uncertain import Lifted, Uncertain, behaviour_in_words, drawn_behaviour, lay_back

if TYPE_CHECKING:
    from coercion_sim.world import World


class Scenario(Header):
    """A scenario whose every key has been checked. Numbers that are uncertain stand at their default.

    Build it with `load_scenario`; it keeps the file it came from, so that `with_values` can check anew.
    """

    economy: Economy
    measures: tuple[MeasureSpec, ...] = ()
    actors: Actors
    dispute: DisputeSettings
    pressure: Pressure
    cooperation: Cooperation
    policy: dict[str, PolicyParameters]
    report: Report
    _document: Document = PrivateAttr()
    _lifted: Lifted = PrivateAttr()
    _classes: Policies = PrivateAttr()

    @cached_property
    def first_quarter(self) -> Quarter:
        """First quarter of the run."""
        return Quarter.parse(self.start)

    def quarter_label(self, step: int) -> str:
        """Label of a quarter counted from 0, e.g. ``2020Q2`` for step 1 of a run from 2020Q1."""
        return str(self.first_quarter + step)

    def economy_parameters(self) -> EconomyParameters:
        """Parameters of the equilibrium and of the adjustment between quarters."""
        return self.economy.parameters(self.first_quarter)

    def apply_to(self, world: World) -> World:
        """Return the world with this scenario's elasticities, their scale, and input-output links or none."""
        if self.economy.elasticities != OWN_ELASTICITIES:
            world = world.with_elasticity(self.economy.elasticities)
        if self.economy.elasticity_scale != 1.0:
            world = world.with_elasticity(world.trade_elasticity * self.economy.elasticity_scale)
        return world if self.economy.input_output else world.without_inputs()

    def measures_as_data(self) -> tuple[Measure, ...]:
        """Return the measures that act in this run, quarters counted from 0, in the order of the file."""
        return tuple(m for s in self.measures if (m := s.measure(self.first_quarter)).start < self.quarters)

    def build_policy(self, name: str) -> Policy:
        """Return the policy of this name with the file's parameters; ``a+b`` joins several.

        Raises
        ------
        InvalidInput
            For an unknown policy, with the nearest spelling.
        ScenarioError
            For a policy the file does not name whose parameters do not fit.
        """
        parts = [self._class(part)(self.policy_parameters(part)) for part in map(str.strip, name.split("+"))]
        return parts[0] if len(parts) == 1 else Combined(parts)

    def _class(self, name: str) -> type[Policy]:
        return self._classes.get(name) or get_policy(name, self._classes)

    def policy_parameters(self, name: str) -> PolicyParameters:
        """Parameters of a policy: the file's, or its defaults."""
        if name in self.policy:
            return self.policy[name]
        piece = policy_piece(self._class(name), {}, self._lifted.data)
        ((parameters, problems),) = validate_all(self._document, [piece])
        ScenarioError.refuse(problems)
        return cast("PolicyParameters", parameters)

    @property
    def coercer(self) -> str:
        """State that puts on pressure, ISO3; empty where the file has none."""
        return self.actors.coercer or next((m.by for m in self.measures if m.purpose == "coercion"), "")

    @property
    def target(self) -> str:
        """State under pressure, ISO3; empty where the file has none."""
        return self.actors.target or next((m.on for m in self.measures if m.purpose == "coercion"), "")

    @property
    def competitor(self) -> str:
        """Principal competitor of the bloc, ISO3: the coercer unless the file names another."""
        return self.actors.competitor or self.coercer

    @property
    def document(self) -> Document:
        """The file it came from, with the values set over it."""
        return self._document

    @property
    def world_source(self) -> str:
        """What `load_world` takes: a shipped name as it stands, or a path seen from the file that names it."""
        return scenario_reference(self.world, self._document.folder)

    def one_run(self, policies: Iterable[str]) -> bool:
        """Whether every replicate is the same run: no number is uncertain, nobody chooses, no policy may draw lots."""
        known = all(self._class(part.strip()) in BUILT_IN for policy in policies for part in policy.split("+"))
        return known and not self.uncertain and not self.dispute.anybody_chooses(self.conduct)

    @property
    def uncertain(self) -> tuple[Uncertain, ...]:
        """Numbers known only up to a distribution, in the order of the file; then those of behaviour that are drawn."""
        lifted = self._lifted
        return lifted.uncertain + drawn_behaviour(self.dispute, self.conduct, lifted.data.get("dispute", {}))

    @property
    def behaviour(self) -> str:
        """Where behavioural numbers come from, in words: ``[dispute] draws``, and which the file fixes."""
        return behaviour_in_words(self.dispute.draws, self._document, self._lifted.data.get("dispute", {}))

    @property
    def drawn(self) -> tuple[Uncertain, ...]:
        """Numbers that were uncertain until `with_values` fixed them."""
        return self._lifted.drawn

    def with_values(self, values: Mapping[str, object]) -> Scenario:
        """Return the scenario with these numbers fixed, checked anew.

        Parameters
        ----------
        values
            Dotted key -> value; a key that was uncertain is so no longer.

        Raises
        ------
        ScenarioError
            For an unknown key, or a value that does not fit.
        """
        document, data, lifted = self._document, self._lifted.data, self._lifted
        for key, value in values.items():
            path = self._path(key)
            document = document.with_value(path, value, "with_values")
            data = put(data, path, value)
        left = tuple(u for u in lifted.uncertain if u.path not in values)
        drawn = lifted.drawn + tuple(u for u in self.uncertain if u.path in values)
        paths = {u.path: lifted.paths[u.path] for u in left}
        return build(document, Lifted(data, left, paths, drawn=drawn), self._classes)

    def settable_keys(self) -> dict[str, Kind]:
        """Every dotted key that may be set, with what it takes (`Kind`).

        Parameters of every policy known are among them, whether the file runs it or not.
        """
        return kinds(self._document, self._classes)

    def nearest_key(self, key: str) -> str | None:
        """Return the key that a misspelt one was meant to be; None where none comes close."""
        return nearest_key(key, self.settable_keys(), self.policy)

    def knowing(self, policies: Iterable[type[Policy]]) -> Scenario:
        """Return the scenario with these policy classes known to it as well.

        Raises
        ------
        InvalidInput
            For a class that is not a valid policy.
        """
        known = {**self._classes, **available_policies(policies)}
        return assemble(read_tables(self._document, self._lifted, known)[0], known)

    def _path(self, key: str) -> tuple[str | int, ...]:
        """Turn a dotted key into a path of the data: measures by name become positions."""
        parts: list[str | int] = list(key.split("."))
        if parts[0] == "measures" and len(parts) == 3:
            names = [m.name for m in self.measures]
            if parts[1] not in names:
                near = nearest(str(parts[1]), names)
                raise ScenarioError(Problem("unknown measure", key=key, allowed=", ".join(names), suggestion=near))
            parts[1] = names.index(str(parts[1]))
        return tuple(parts)

    def dotted(self, key: str) -> Any:
        """Value at a dotted key, e.g. ``economy.factor_mobility``, ``measures.coal.open``, ``policy.NAME.fraction``.

        Raises
        ------
        ScenarioError
            For a key that is not there.
        """
        return value_at(self, self._path(key), key)

    @property
    def source(self) -> dict[str, Any]:
        """All that `restore_scenario` needs: the merged data with what was laid over it, and where it came from."""
        return as_source(self._document)

    @property
    def source_text(self) -> str:
        """The file as it was read."""
        return self._document.text

    @property
    def source_file(self) -> str:
        """Name of the file as the user gave it."""
        return self._document.file or ""

    def content(self) -> dict[str, Any]:
        """Everything that decides the numbers, as JSON data for hashing; prose and report are left out."""
        prose = {"title", "question", "description", "report"}
        data: dict[str, Any] = self.model_dump(by_alias=True, exclude={*prose, "policy"})
        data["measures"] = {
            m["name"]: {key: value for key, value in m.items() if value is not None and key != "note"}
            for m in data["measures"]
        }
        named = {part for policy in self.policies for part in policy.split("+")}
        data["policy"] = {name: p.model_dump() for name, p in sorted(self.policy.items()) if name in named}
        lay_back(data, self.uncertain)
        return dict(plain(data))


def load_scenario(
    name_or_path: str | Path, overrides: Overrides = (), *, policies: Iterable[type[Policy]] = ()
) -> Scenario:
    """Load a scenario and check it against its world.

    Parameters
    ----------
    name_or_path
        A shipped scenario (a name without ``.toml`` and without separators), or the path of a file.
    overrides
        ``key=value`` texts, or a mapping of dotted keys to values, laid over the file; a number set so is certain.
    policies
        Policy classes to know besides those installed, e.g. from `coercion_sim.policies.load_policies`.

    Raises
    ------
    ScenarioError
        With everything that is wrong: file, line, key, value found, values allowed, the nearest spelling.
    """
    known = available_policies(policies) if policies else installed_policies()
    draft, problems = read_scenario(name_or_path, overrides, known)
    if problems:
        raise ScenarioError(problems)
    return assemble(draft, known)


def check_values(scenario: Scenario, values: Mapping[str, object]) -> list[Problem]:
    """Return everything wrong with a loaded scenario once these dotted keys have these values.

    Unlike `Scenario.with_values`, which every replicate calls, this also looks text up in the world's labels.
    """
    try:
        changed = scenario.with_values(values)
    except ScenarioError as error:
        return list(error.problems)
    if not any(isinstance(value, str) for value in values.values()):
        return []
    return check_in_world(changed._document, changed._lifted, changed._classes)


def build(document: Document, lifted: Lifted, policies: Policies) -> Scenario:
    """Return the scenario of lifted data, checked against itself but not against a world."""
    draft, problems = read_tables(document, lifted, policies)
    problems += check(draft, None, problems)
    ScenarioError.refuse(problems)
    return assemble(draft, policies)


def assemble(draft: Draft, policies: Policies) -> Scenario:
    """Put checked tables together; the scenario keeps the policies, so that a replicate need not look them up again."""
    assert draft.header is not None
    tables = {name: getattr(draft.header, name) for name in Header.model_fields}
    tables |= {name: getattr(draft, name) for name in Scenario.model_fields if name not in Header.model_fields}
    scenario = Scenario.model_construct(**tables)
    scenario._document, scenario._lifted, scenario._classes = draft.document, replace(draft.lifted, trials=()), policies
    return scenario
