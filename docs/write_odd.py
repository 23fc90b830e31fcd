"""Writes the tables of docs/odd.md from the code: entities, state variables, schedule, parameters, outcomes.

python docs/write_odd.py            rewrites the page
python docs/write_odd.py --check    exits with 1 where the page is stale
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import coercion_sim
from coercion_sim.dispute import Beliefs, Dispute, Reliability
from coercion_sim.economy import Equilibrium
from coercion_sim.model import CoercionModel, State
from coercion_sim.model.diplomacy import Diplomacy
from coercion_sim.model.quarter import QuarterRecord
from coercion_sim.model.state import RULES
from coercion_sim.outcomes import OUTCOMES, TABLES
from coercion_sim.scenario import dictionary
from coercion_sim.wording import unit_words
from coercion_sim.world.baseline import WorldData

PAGE = Path(__file__).with_name("odd.md")
PACKAGE = Path(coercion_sim.__file__).resolve().parent
BLOCK = re.compile(r"(<!-- odd: (\w+) -->\n).*?(<!-- end -->)", re.S)
#: Entity of the model -> the classes that hold its state variables, in the order in which they decide on a run.
ENTITIES: tuple[tuple[str, type], ...] = (
    ("state (agent)", State),
    ("beliefs of a state", Beliefs),
    ("reliability of an ally", Reliability),
    ("dispute", Dispute),
    ("world economy, baseline", WorldData),
    ("world economy, one quarter", Equilibrium),
    ("model", CoercionModel),
    ("record of a quarter", QuarterRecord),
)
#: Sections of a scenario file whose keys are parameters of the model.
SECTIONS = ("economy", "dispute", "pressure", "cooperation", "actors", "measures")
#: Calls that draw a random number: the first argument is its purpose.
DRAWS = re.compile(r"\b(?:uniform|normal|draw|_draw)\(\s*\"([^\"]+)\"")


def first_sentence(text: str | None) -> str:
    """The first sentence of a docstring, on one line."""
    line = " ".join((text or "").partition("\n\n")[0].split())
    return re.split(r"(?<=[.:;])\s", line, maxsplit=1)[0].rstrip(".:;")


def attributes(cls: type) -> Iterator[tuple[str, str]]:
    """(names, meaning) of every entry under Attributes, else Parameters, in the docstring of a class."""
    text = (inspect.getdoc(cls) or "").replace("``", "`")
    heading = "Attributes" if "\nAttributes\n" in text else "Parameters"
    section = re.search(rf"^{heading}\n-+\n(.*?)(?=^\w[^\n]*\n-{(3,)}\n|\Z)", text, re.S | re.M)
    for entry in re.finditer(r"^(\S[^\n]*)\n((?:[ ]{4,}[^\n]*\n?|\n)+)", (section[1] if section else "") + "\n", re.M):
        yield entry[1].strip(), " ".join(entry[2].split())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """A name in code; the shape behind a colon stays text."""
    names, colon, shape = text.partition(" : ")
    marked = ", ".join(f"`{name.strip()}`" for name in names.split(","))
    return marked + (f" {shape}" if colon else "")


# ------------------------------------------------------------------ blocks


def variables() -> str:
    """Entities with their state variables."""
    rows = [(e, f"`{cls.__name__}`", code(name), words) for e, cls in ENTITIES for name, words in attributes(cls)]
    return table(("entity", "class", "state variable", "meaning"), rows)


def scales() -> str:
    """Shipped worlds: how many states and sectors."""
    rows = [(f"`{r['name']}`", r["year"], r["states"], r["sectors"]) for r in dictionary("worlds")]
    return table(("world", "base year", "states", "sectors"), rows)


def schedule() -> str:
    """Methods that a quarter calls, in order, with what each does."""
    rows = []
    for n, (owner, method) in enumerate(_calls(CoercionModel, "step"), start=1):
        rows.append((str(n), f"`{owner.__name__}.{method}`", first_sentence(getattr(owner, method).__doc__)))
        if owner is Diplomacy and method == "play":
            rows += [
                (f"{n}.{k}", f"`{of.__name__}.{name}`", first_sentence(getattr(of, name).__doc__))
                for k, (of, name) in enumerate(_calls(Diplomacy, "play"), start=1)
            ]
    return table(("step", "method", "what it does"), rows)


def _calls(cls: type, method: str) -> list[tuple[type, str]]:
    """Methods with a docstring that a method calls on itself, or on the disputes, in order, each once."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(cls, method))))
    nodes = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = [function for function in nodes if isinstance(function, ast.Attribute)]
    calls.sort(key=lambda f: (f.lineno, f.col_offset))
    wanted: dict[tuple[type, str], None] = {}
    for function in calls:
        place = ast.unparse(function.value)
        owner = {"self": cls, "self.diplomacy": Diplomacy, "dispute": Dispute, "new": Dispute}.get(place)
        if owner and (known := getattr(owner, function.attr, None)) and known.__doc__:
            wanted[owner, function.attr] = None
    return list(wanted)


def rules() -> str:
    """Decision rules of states."""
    rows = [(f"`{name}`", " ".join((inspect.getdoc(rule) or "").split())) for name, rule in RULES.items()]
    return table(("rule", "how it decides"), rows)


def policies() -> str:
    """Agreed rules of allies."""
    rows = [(f"`{r['name']}`", r["what it does, and its price"]) for r in dictionary("policies")]
    return table(("policy", "what it does, and its price"), rows)


def measures() -> str:
    """Kinds of measures."""
    return table(
        ("kind", "size", "range", "unit", "by", "effect"),
        [(f"`{r['kind']}`", f"`{r['size key']}`" if r["size key"] else "", r["range"], r["unit"], r["by"], r["effect"])
         for r in dictionary("measures")],
    )  # fmt: skip


def stochastic() -> str:
    """Purposes of random draws, with the files that draw."""
    where: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for purpose in DRAWS.findall(path.read_text(encoding="utf-8")):
            where.setdefault(purpose, []).append(path.relative_to(PACKAGE).as_posix())
    rows = [(purpose, ", ".join(f"`{f}`" for f in dict.fromkeys(files))) for purpose, files in sorted(where.items())]
    return table(("drawn", "file"), rows)


def parameters() -> str:
    """Keys of a scenario file, by section; a parameter that several policies share stands once."""
    heads = ("key", "default", "range", "unit", "meaning")
    rows = [row for row in dictionary("parameters") if row["key"].partition(".")[0] in SECTIONS]
    listed = [(f"`{r['key']}`", *(r[h] for h in heads[1:])) for r in rows]
    shared: dict[tuple[str, ...], list[str]] = {}
    for row in dictionary("parameters"):
        section, _, rest = row["key"].partition(".")
        if section == "policy":
            policy, _, key = rest.partition(".")
            shared.setdefault((key, *(row[h] for h in heads[1:])), []).append(policy)
    own = [(f"`{key}`", *rest, ", ".join(f"`{name}`" for name in of)) for (key, *rest), of in shared.items()]
    return f"{table(heads, listed)}\n\nOf policies (`[policy.NAME]`):\n\n{table((*heads, 'policies'), own)}"


def outcomes() -> str:
    """What a run is observed by: an outcome a run, and the columns of states."""
    rows = [(f"`{c.name}`", "run", unit_words(c.unit), c.definition) for c in OUTCOMES]
    state = [c for c in TABLES["states"] if c.type == "float"]
    rows += [(f"`{c.name}`", "state and quarter", unit_words(c.unit), c.definition) for c in state]
    return table(("outcome", "one for each", "unit", "definition"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    f.__name__: f for f in (variables, scales, schedule, rules, policies, measures, stochastic, parameters, outcomes)
}


def written(page: str) -> str:
    """The page with its blocks made anew.

    Raises
    ------
    KeyError
        For a block that no function writes.
    """
    return BLOCK.sub(lambda m: f"{m[1]}\n{BLOCKS[m[2]]()}\n\n{m[3]}", page)


def main() -> int:
    """Rewrites the page, or checks it."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = written(page)
    if "--check" in sys.argv[1:]:
        stale = page != fresh
        print(f"{PAGE} is stale: python docs/write_odd.py" if stale else f"{PAGE} is fresh")
        return int(stale)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
