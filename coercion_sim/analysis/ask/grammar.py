"""A question such as ``China bans Australian coal and wine`` read as measures of a world.

The grammar, clause by clause (clauses are parted by ``;``, or by ``and`` before the next actor and action)::

    WHO  ban | export ban | tariff N % | barrier N % | export control N % | sanctions  [exports to]  WHOM  GOODS
    WHO  cuts  GOODS  to WHOM | from WHOM  by N % | by half
    GOODS of WHOM  banned  by  WHO

States and goods are lists with commas and ``and``, by code, name, adjective or group; an adjective before goods is
WHOM.
Without goods all goods are meant. Every word must be understood: what is not is named, with the nearest words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, product

from coercion_sim.analysis.ask.words import ACTIONS, MOST_WORDS, Labelled, Vocabulary, Word, folded
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import listing, sector_name, state_name
from coercion_sim.world import list_worlds, read_labels

#: What a question may look like.
EXAMPLE = 'e.g. "China bans Australian wine", "USA, JPN tariff 25 % on CHN electronics; CHN export ban USA rare earths"'
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,]\d+)?|\.\d+)|(?P<sign>[,;%&])|(?P<word>[^\s,;%&?!]+)")
#: Kinds that take a percentage, and their size from it.
_SIZED = {"import_tariff": lambda n: n / 100.0, "import_barrier": lambda n: 1.0 + n / 100.0}
_ROLES = ("act", "goods", "state")
#: Words that do not go with kinds of measures: word, kinds, fault.
_MISFITS = (
    ("to", ("import_ban", "import_tariff", "import_barrier"), "'to' goes with an export ban or export control"),
    ("from", ("export_ban", "export_control"), "'from' goes with measures on imports"),
)
#: Roles that end the list of states after `by`.
_ENDS = ("act", "goods", "number")
_SIZED["export_control"] = _SIZED["import_barrier"]
#: Items of a clause: (text, meaning), numbers as words of role `number`.
_Clause = list[tuple[str, Word]]


@dataclass(frozen=True)
class Question:
    """A question as read: its measures, and in words what was read into it."""

    text: str
    measures: tuple[Measure, ...]
    notes: tuple[str, ...]


def read_question(text: str, labels: Labelled) -> Question:
    """Read a question.

    Raises
    ------
    InvalidInput
        With every word that is not understood and the nearest that are, or what the sentence lacks.
    """
    vocabulary = Vocabulary(labels)
    problems: list[Problem] = []
    items = _items(text, vocabulary, problems)
    InvalidInput.refuse(problems)
    measures: list[Measure] = []
    notes: list[str] = []
    for clause in _clauses(items):
        measures += _measures(clause, labels, problems, notes)
    if not measures and not problems:
        problems.append(Problem("no action is named", key="question", found=repr(text), allowed=EXAMPLE))
    InvalidInput.refuse(problems)
    return Question(text, numbered(measures), tuple(dict.fromkeys(notes)))


def numbered(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Measures with names of their own: who, what, whom, and a number where that occurs twice."""
    names: list[str] = []
    for m in measures:
        name = f"{m.by}-{m.kind.removeprefix('import_')}-{m.on}".replace(" ", "_")
        again = sum(n == name or n.startswith(f"{name}-") for n in names)
        names.append(f"{name}-{again + 1}" if again else name)
    return tuple(replace(m, name=name) for m, name in zip(measures, names, strict=True))


def withheld_note(measures: Sequence[Measure]) -> tuple[str, ...]:
    """Say of exports withheld what the loss hangs on; nothing of other measures."""
    if not any(m.kind in ("export_ban", "export_control") for m in measures):
        return ()
    text = "exports withheld: how well users replace them decides, and is drawn, not measured; critical-inputs and"
    return (f"{text} energy-europe show the range",)


def _items(text: str, vocabulary: Vocabulary, problems: list[Problem]) -> _Clause:
    """Words of a text with their meaning, the longest names first; what is not understood adds to `problems`."""
    tokens = [(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(text.replace("’", "'"))]
    items: _Clause = []
    at = 0
    while at < len(tokens):
        kind, token = tokens[at]
        if kind == "number":
            unit = folded(" ".join(t for _, t in tokens[at + 1 : at + 3]))
            at += 1
            if not unit.startswith(("%", "percent", "per cent", "pct")):
                problems.append(Problem("a number needs its percent sign", key="question", found=token, allowed="25 %"))
            _add_number(items, token, Word("number", (token.replace(",", "."),)))
            continue
        if token == ";":
            items.append((token, Word("end", ())))
            at += 1
            continue
        length, word = _longest([t for _, t in tokens[at : at + MOST_WORDS]], vocabulary)
        if word is None:
            problems.append(unknown_word(token, vocabulary))
        else:
            add = _add_number if word.role == "number" else _add
            add(items, " ".join(t for _, t in tokens[at : at + length]), word)
        at += length
    return items


def _add(items: _Clause, text: str, word: Word) -> None:
    items.append((text, word))


def _add_number(items: _Clause, text: str, word: Word) -> None:
    """Add a number; `by` before it names its size, nobody who acts."""
    if items and items[-1][1].means == ("by",):
        items.pop()
    items.append((text, word))


def _longest(tokens: Sequence[str], vocabulary: Vocabulary) -> tuple[int, Word | None]:
    """Number of tokens in the longest name that begins here, and its meaning."""
    for length in range(len(tokens), 0, -1):
        joined = " ".join(tokens[:length])
        for form in (joined, joined.removesuffix("'s").removesuffix("'"), joined.removesuffix(".")):
            if word := vocabulary.meaning(form):
                return length, word
    return 1, None


def unknown_word(token: str, vocabulary: Vocabulary, *roles: str) -> Problem:
    """Describe a word that is not understood in these roles, with the nearest; any role by default."""
    labels, name = vocabulary.labels, token.removesuffix("'s")
    form = folded(name)
    if (code := vocabulary.absent(form)) is not None:
        having = [w for w in list_worlds() if code in read_labels(w).states]
        worlds = f"states of this world; the world {listing(having, 'or')} has it" if having else "states of this world"
        return Problem(f"{code} is no state of {labels.name}", None, None, "question", repr(token), worlds)
    wanted = roles or (("state",) if token[:1].isupper() else ("act", "goods", "state"))
    near = vocabulary.likely(name, *wanted) or vocabulary.likely(name, *(roles or _ROLES))
    allowed = "states, goods and actions of this world; `coercion-sim world show` lists the states and goods"
    return Problem("a word is not understood", None, None, "question", repr(token), allowed, near)


def _clauses(items: Sequence[tuple[str, Word]]) -> list[_Clause]:
    """Clauses: parted by a semicolon, or before the states in front of a second action."""
    clauses: list[_Clause] = [[]]
    for item in items:
        role = item[1].role
        if role == "end":
            clauses.append([])
            continue
        if role == "act" and any(word.role == "act" for _, word in clauses[-1]):
            clauses.append(_split_off(clauses[-1]))
        clauses[-1].append(item)
    return [clause for clause in clauses if clause]


def _split_off(items: _Clause) -> _Clause:
    """Take the last state, and what comes after it, off a clause; with it the `and` before."""
    at = len(items)
    while at and items[at - 1][1].role == "empty":
        at -= 1
    if not at or items[at - 1][1].role != "state":
        return []
    taken = items[at - 1 :]
    del items[at - 1 :]
    if items and items[-1][1].means == ("and",):
        items.pop()
    return taken


def _measures(clause: _Clause, labels: Labelled, problems: list[Problem], notes: list[str]) -> list[Measure]:
    """Measures of one clause; adds what it lacks to `problems`, and what was read into it to `notes`."""
    text = " ".join(text for text, _ in clause)
    faults: list[str] = []
    kind = _kind(clause, faults)
    by, on = _parties(clause, faults)
    goods = tuple(dict.fromkeys(chain.from_iterable(_meant(clause, "goods"))))
    kind, size, left = _size(clause, kind, faults)
    problems += [Problem(fault, key="question", found=repr(text), allowed=EXAMPLE) for fault in faults]
    if faults:
        return []
    notes += filter(None, (broader_note(text, word, labels) for text, word in clause))
    sectors = goods or _all_goods(labels, notes)
    kinds: tuple[str, ...] = (kind,)
    if kind == "sanctions":
        kinds = ("import_ban", "export_ban")
        notes.append("sanctions: imports and exports banned; finance is outside the model")
    pairs = [(b, o) for b, o in product(by, on) if b != o]
    if len(pairs) < len(by) * len(on):
        both = listing([state_name(labels.state_names, s) for s in by if s in on])
        notes.append(f"{both} does not act on itself")
    if not pairs:
        problems.append(Problem("a state cannot act on itself", key="question", found=repr(text)))
    return [Measure(k, b, o, sectors, size, left=left) for (b, o), k in product(pairs, kinds)]


def _all_goods(labels: Labelled, notes: list[str]) -> tuple[str]:
    """Tag of all goods of a world, or of all its trade where none has it."""
    whole = "goods" if any("goods" in tags for tags in labels.tags.values()) else "all"
    notes.append(f"no goods named: all {'trade' if whole == 'all' else whole}")
    return (whole,)


def broader_note(name: str, word: Word, labels: Labelled) -> str:
    """Words for goods that hold more than was named; empty for any other word."""
    if word.role != "goods" or not word.broader:
        return ""
    whole = listing([f"{s} ({sector_name(labels.sector_names, s)})" for s in word.means])
    return f"{name}: this world has {whole}, hit as a whole"


def _meant(clause: _Clause, role: str) -> list[tuple[str, ...]]:
    """Meanings of the words of one role."""
    return [word.means for _, word in clause if word.role == role]


def _kind(clause: _Clause, faults: list[str]) -> str:
    """Kind of measure: a ban of exports where that word follows the action, goods between or none."""
    words = [word for _, word in clause if word.role != "empty" and word.means != ("on",)]
    at = next((i for i, word in enumerate(words) if word.role == "act"), None)
    if at is None:
        faults.append(f"no action is named: {', '.join(listed.split(', ')[0] for listed in ACTIONS)}")
        return ""
    kind, signs = words[at].means[0], _meant(clause, "sign")
    following = next((word.means for word in words[at + 1 :] if word.role != "goods"), ())
    if kind == "import_ban" and following == ("exports",):
        kind = "export_ban"
    faults += [fault for sign, kinds, fault in _MISFITS if (sign,) in signs and kind in kinds]
    return kind


def _parties(clause: _Clause, faults: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who acts, and on whom: states before the action, or after `by`; the others."""
    roles = [word.role for _, word in clause]
    acting = _acting(clause)
    if acting.start == 0 and "goods" in roles[: acting.stop]:
        faults.append("goods stand after the action: WHO, action, WHOM, goods")
    parts: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for i, (_, word) in enumerate(clause):
        if word.role == "state":
            parts[i not in acting].update(dict.fromkeys(word.means))
    for part, missing in zip(parts, ("who acts is missing", "who is acted on is missing"), strict=True):
        if not part and "act" in roles:
            faults.append(missing)
    return tuple(parts[0]), tuple(parts[1])


def _acting(clause: _Clause) -> range:
    """Places before the action, or of the one list of states after `by`."""
    words = [word for _, word in clause]
    at = next((i + 1 for i, word in enumerate(words) if word.means == ("by",)), 0)
    if not at:
        return range(next((i for i, word in enumerate(words) if word.role == "act"), 0))
    ends = (i for i in range(at, len(words)) if words[i].role in _ENDS or _is_way(words[i]))
    return range(at, next(ends, len(words)))


def _is_way(word: Word) -> bool:
    return word.role == "sign" and word.means in (("to",), ("on",), ("from",))


def _size(clause: _Clause, kind: str, faults: list[str]) -> tuple[str, float, float | None]:
    """Kind of measure, its size, and the share of trade it leaves instead of a size where it is a cut.

    A percentage is the size of tariffs, barriers and controls, and what a cut takes; bans leave nothing open.
    """
    numbers = [float(text) for (text,) in _meant(clause, "number")]
    if kind not in _SIZED and kind != "cut":
        if numbers:
            faults.append(f"{kind.replace('_', ' ') or 'this'} takes no percentage; a cut, barrier or tariff does")
        return kind, 0.0, None
    if len(numbers) != 1:
        faults.append("one percentage must be given, e.g. 25 %")
        return kind, 0.0, None
    if kind != "cut":
        return kind, float(_SIZED[kind](numbers[0])), None
    if not 0.0 < numbers[0] < 100.0:
        faults.append("a cut takes more than 0 and less than 100 %; a ban takes all")
    sells = {("to",), ("exports",)} & set(_meant(clause, "sign"))
    return "export_ban" if sells else "import_ban", math.nan, 1.0 - numbers[0] / 100.0
