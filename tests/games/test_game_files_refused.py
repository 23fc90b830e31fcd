"""Wrong games are refused with the file, the path in the tree and the reason, everything at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.errors import GameError, InvalidInput
from coercion_sim.games import Action, Decision, ExtensiveGame, Terminal, game_from_dict, read_game, solve_game


def end(label: str, a: float = 0.0, b: float = 0.0) -> dict[str, Any]:
    return {"type": "terminal", "label": label, "payoffs": {"A": a, "B": b}}


def move(label: str, child: Any, **more: Any) -> dict[str, Any]:
    return {"label": label, "child": child, **more}


def decision(player: str, infoset: str, *actions: Any) -> dict[str, Any]:
    return {"type": "decision", "player": player, "infoset": infoset, "actions": list(actions)}


def good() -> dict[str, Any]:
    inner = [decision("B", "B1", move("yes", end(f"yes{k}", 1, k)), move("no", end(f"no{k}"))) for k in range(2)]
    draw = {
        "type": "chance",
        "infoset": "N",
        "actions": [move("up", inner[0], prob=0.25), move("down", inner[1], prob=0.75)],
    }
    tree = decision("A", "A1", move("go", draw), move("stay", end("stay")))
    return {"kind": "extensive", "players": ["A", "B"], "tree": tree}


def test_the_good_game_is_accepted() -> None:
    game = game_from_dict(good())
    assert isinstance(game, ExtensiveGame)
    assert not game.perfect_information
    assert solve_game(game, 1.0).converged


def draw_of(data: dict[str, Any]) -> dict[str, Any]:
    return data["tree"]["actions"][0]["child"]


def b_node(data: dict[str, Any], k: int) -> dict[str, Any]:
    return draw_of(data)["actions"][k]["child"]


def set_prob(d: dict[str, Any]) -> None:
    draw_of(d)["actions"][0]["prob"] = 0.3


def set_negative(d: dict[str, Any]) -> None:
    draw_of(d)["actions"][0]["prob"] = -0.25
    draw_of(d)["actions"][1]["prob"] = 1.25


def set_text_prob(d: dict[str, Any]) -> None:
    draw_of(d)["actions"][0]["prob"] = "1/4"


def unknown_player(d: dict[str, Any]) -> None:
    d["players"] = ["Coercer", "B"]
    d["tree"]["player"] = "Coercr"


def unknown_payee(d: dict[str, Any]) -> None:
    d["tree"]["actions"][1]["child"]["payoffs"]["C"] = 1.0


def unpaid(d: dict[str, Any]) -> None:
    del d["tree"]["actions"][1]["child"]["payoffs"]["B"]


def two_sets(d: dict[str, Any]) -> None:
    b_node(d, 0)["infoset"] = ["B1", "B2"]


@pytest.mark.parametrize("value", [["decision"], {"a": 1}, None, 3, True])
@pytest.mark.parametrize("key", ["type", "player", "infoset", "actions"])
def test_a_value_of_any_type_at_any_key_is_named(tmp_path: Path, key: str, value: Any) -> None:
    data = good()
    b_node(data, 0)[key] = value
    path = tmp_path / "g.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(GameError) as caught:
        read_game(path)
    assert {problem.file for problem in caught.value.problems} == {str(path)}
    assert all("readable" not in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize(
    "text", ["[" * 1500, '{"a":' * 900 + "1" + "}" * 900, '{"tree": ' + "9" * 5000 + "}", "{" * 99_999]
)
def test_nesting_and_digits_without_end_are_one_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "g.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GameError) as caught:
        read_game(path)
    assert {problem.file for problem in caught.value.problems} == {str(path)}


def test_a_payoff_of_any_length_is_a_number_or_named(tmp_path: Path) -> None:
    path, data = tmp_path / "g.json", good()
    text = json.dumps(data).replace('"A": 1,', '"A": 100000000000000000000,')
    path.write_text(text, encoding="utf-8")
    assert isinstance(read_game(path), ExtensiveGame)
    path.write_text(json.dumps(data).replace('"A": 1,', '"A": ' + "9" * 400 + ","), encoding="utf-8")
    with pytest.raises(GameError, match="not a finite number"):
        read_game(path)


def two_owners(d: dict[str, Any]) -> None:
    b_node(d, 1)["player"] = "A"


def other_actions(d: dict[str, Any]) -> None:
    b_node(d, 1)["actions"][0]["label"] = "perhaps"


def more_actions(d: dict[str, Any]) -> None:
    b_node(d, 1)["actions"].append(move("third", end("third")))


def chance_in_set(d: dict[str, Any]) -> None:
    draw_of(d)["infoset"] = "A1"


def same_action_twice(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"][1]["label"] = "yes"


def forgets(d: dict[str, Any]) -> None:
    again = decision("A", "A2", move("x", end("x0")), move("y", end("y0")))
    other = copy.deepcopy(again)
    other["actions"][0]["child"]["label"], other["actions"][1]["child"]["label"] = "x1", "y1"
    b_node(d, 0)["actions"][0]["child"] = again
    d["tree"]["actions"][1]["child"] = other


def absent_minded(d: dict[str, Any]) -> None:
    d["tree"]["actions"][1]["child"] = decision("A", "A1", move("go", end("g")), move("stay", end("s")))


def reference(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"][0]["child"] = "A1"


def reference_object(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"][0]["child"] = {"ref": "A1"}


def cycle(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"][0]["child"] = d["tree"]


def no_actions(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"] = []


def wrong_type(d: dict[str, Any]) -> None:
    b_node(d, 0)["type"] = "decison"


def misspelt_key(d: dict[str, Any]) -> None:
    d["tree"]["infosets"] = d["tree"].pop("infoset")


def clashing_outcomes(d: dict[str, Any]) -> None:
    b_node(d, 0)["actions"][0]["child"]["label"] = "stay"


def boolean_payoff(d: dict[str, Any]) -> None:
    d["tree"]["actions"][1]["child"]["payoffs"]["A"] = True


def huge_payoff(d: dict[str, Any]) -> None:
    d["tree"]["actions"][1]["child"]["payoffs"]["A"] = 10**400


def false_claim(d: dict[str, Any]) -> None:
    d["perfect_information"] = True


CASES: list[tuple[Callable[[dict[str, Any]], None], str, str]] = [
    (set_prob, "tree/go", "must sum to 1; found 1.05"),
    (set_negative, "tree/go/up", "not a probability; found -0.25"),
    (set_text_prob, "tree/go/up", "not a probability; found '1/4'"),
    (unknown_player, "tree", "unknown player; found 'Coercr'; allowed: Coercer, B; did you mean Coercer?"),
    (unknown_payee, "tree/stay", "pays an unknown player; found 'C'"),
    (unpaid, "tree/stay", "no payoff for B"),
    (two_sets, "tree/go/up", "exactly one information set; found B1, B2"),
    (two_owners, "tree/go/down", "information set B1 belongs to B (at tree/go/up)"),
    (other_actions, "tree/go/down", "offers other actions here than at tree/go/up"),
    (more_actions, "tree/go/down", "offers other actions here than at tree/go/up"),
    (chance_in_set, "tree/go", "named like the information set of tree"),
    (same_action_twice, "tree/go/up", "two actions carry the same label; found 'yes'"),
    (forgets, "tree/stay", "imperfect recall"),
    (absent_minded, "tree/stay", "imperfect recall"),
    (reference, "tree/go/up/yes", "cycle or a shared node; found 'A1'"),
    (reference_object, "tree/go/up/yes", "unknown type of node"),
    (cycle, "tree/go/up/yes", "a cycle has no end"),
    (no_actions, "tree/go/up", "at least one"),
    (wrong_type, "tree/go/up", "found 'decison'; allowed: decision, chance, terminal; did you mean decision?"),
    (misspelt_key, "tree", "missing key; allowed: needs 'infoset'; did you mean infosets?"),
    (clashing_outcomes, "tree/stay", "outcome label 'stay' stands at tree/go/up/yes with other payoffs"),
    (boolean_payoff, "tree/stay", "payoff of A is not a finite number; found True"),
    (huge_payoff, "tree/stay", "payoff of A is not a finite number"),
    (false_claim, "perfect_information", "declared true, but information sets have several nodes; found B1"),
]


@pytest.mark.parametrize(("spoil", "path", "reason"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_refused_with_path_and_reason(spoil: Callable[[dict[str, Any]], None], path: str, reason: str) -> None:
    data = good()
    spoil(data)
    with pytest.raises(GameError) as caught:
        game_from_dict(data, "game.json")
    assert isinstance(caught.value, InvalidInput)
    assert caught.value.exit_code == 3
    found = [problem for problem in caught.value.problems if problem.key == path and reason in str(problem)]
    assert found, str(caught.value)
    assert all(problem.file == "game.json" for problem in caught.value.problems)


def test_everything_wrong_is_listed_at_once() -> None:
    data = good()
    other_actions(data)
    set_prob(data)
    unpaid(data)
    with pytest.raises(GameError) as caught:
        game_from_dict(data)
    assert {problem.key for problem in caught.value.problems} == {"tree/go", "tree/go/down", "tree/stay"}


def test_what_hangs_below_an_unreadable_node_is_still_judged() -> None:
    data = good()
    set_text_prob(data)
    b_node(data, 1)["actions"][0]["child"]["payoffs"] = {"A": 1.0}
    with pytest.raises(GameError) as caught:
        game_from_dict(data)
    assert {problem.key for problem in caught.value.problems} == {"tree/go/up", "tree/go/down/yes"}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('{"kind": "extensive",\n "players": [}', 2, "not valid JSON"),
        ('{"kind": "extensive", "kind": "normal"}', None, "given twice"),
        ('{"kind": "normal", "players": [NaN]}', None, "NaN is not a number"),
        ("[]", None, "one object"),
        ('{"kind": "extensve", "players": ["A"]}', None, "did you mean extensive?"),
        ('{"kind": "extensive", "player": ["A"], "tree": {}}', None, "did you mean player?"),
        ('{"kind": "extensive", "players": [], "tree": {}}', None, "at least one player"),
        ("[" * 100_000, None, "deep"),
    ],
)
def test_broken_files_name_the_file(tmp_path: Path, text: str, line: int | None, reason: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(GameError) as caught:
        read_game(path)
    assert reason in str(caught.value)
    assert caught.value.problems[0].file == str(path)
    if line is not None:
        assert caught.value.problems[0].line == line


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(GameError, match="no such file"):
        read_game(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GameError, match="UTF-16"):
        read_game(tmp_path / "bytes.json")


def test_a_tree_too_deep_for_a_file_is_refused_and_can_be_built_in_python(tmp_path: Path) -> None:
    node: Any = end("last")
    for k in range(250):
        node = decision("A", f"h{k}", move("go", node), move("stop", end(f"stop{k}", 1.0)))
    with pytest.raises(GameError, match="too deep"):
        game_from_dict({"kind": "extensive", "players": ["A", "B"], "tree": node})
    built: Any = Terminal("last", {"A": 0.5})
    for k in range(5000):
        built = Decision("A", f"h{k}", (Action("go", built), Action("stop", Terminal(f"s{k}", {"A": 0.0}))))
    game = ExtensiveGame(("A",), built)
    assert solve_game(game, method="spe").path == ("last",)


def test_shared_nodes_built_in_python_are_refused() -> None:
    leaf = Decision("A", "deep", (Action("x", Terminal("x", {"A": 1.0})),))
    with pytest.raises(GameError, match="a tree reaches each node one way"):
        ExtensiveGame(("A",), Decision("A", "root", (Action("l", leaf), Action("r", leaf))))
    loop = Decision("A", "deep", (Action("x", Terminal("x", {"A": 1.0})),))
    object.__setattr__(loop, "actions", (Action("again", loop),))
    with pytest.raises(GameError, match="a cycle has no end"):
        ExtensiveGame(("A",), loop)


def table() -> dict[str, Any]:
    return {
        "kind": "normal",
        "players": ["A", "B"],
        "strategies": {"A": ["x", "y"], "B": ["l", "r"]},
        "payoffs": {"A": [[1, 2], [3, 4]], "B": [[1, 2], [3, 4]]},
    }


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("payoffs", {"A": [[1, 2], [3, 4]]}, "payoffs.B: missing player"),
        ("payoffs", {"A": [[1, 2], [3, 4]], "B": [[1, 2], [3, 4]], "C": []}, "payoffs.C: unknown player"),
        ("payoffs", {"A": [[1, 2, 3], [3, 4, 5]], "B": [[1, 2], [3, 4]]}, "payoffs.A: wrong shape; found (2, 3)"),
        ("payoffs", {"A": [[1, 2], [3, -1e151]], "B": [[1, 2], [3, 4]]}, "payoffs.A[2][2]: larger than 1e+150"),
        ("payoffs", {"A": [[1, 2], [3]], "B": [[1, 2], [3, 4]]}, "payoffs.A: not a full table"),
        ("payoffs", {"A": [[1, 2], [3, "4"]], "B": [[1, 2], [3, 4]]}, "payoffs.A[2][2]: payoff is not a finite number"),
        ("payoffs", {"A": [[1, 2], [3, None]], "B": [[1, 2], [3, 4]]}, "payoffs.A[2][2]"),
        ("strategies", {"A": ["x", "x"], "B": ["l", "r"]}, "strategy listed twice; found 'x'"),
        ("strategies", {"A": [], "B": ["l", "r"]}, "at least one strategy"),
        ("strategies", {"A": "xy", "B": ["l", "r"]}, "must be a list of labels"),
        ("strategies", ["x", "y"], "one entry per player"),
        ("players", ["A", "A"], "player listed twice"),
        ("players", "AB", "must be a list of names"),
    ],
)
def test_wrong_tables_are_refused(part: str, value: Any, reason: str) -> None:
    data = table()
    assert solve_game(game_from_dict(data), 1.0).converged
    data[part] = value
    with pytest.raises(GameError) as caught:
        game_from_dict(data, "table.json")
    assert reason in str(caught.value)


def test_a_file_round_trips_through_json(tmp_path: Path) -> None:
    path = tmp_path / "good.json"
    path.write_text(json.dumps(good()))
    game = read_game(path)
    assert game.source == str(path)
    assert [t.label for t in game.terminals()] == ["yes0", "no0", "yes1", "no1", "stay"]  # type: ignore[union-attr]


def test_a_mistake_in_a_file_has_its_line(tmp_path: Path) -> None:
    data = good()
    set_text_prob(data)
    b_node(data, 1)["actions"][0]["child"]["payoffs"]["A"] = "much"
    text = json.dumps(data, indent=1)
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(GameError) as caught:
        read_game(tmp_path / "bad.json")
    lines = {problem.key: problem.line for problem in caught.value.problems}
    written = text.split("\n")
    assert '"prob": "1/4"' in written[lines["tree/go/up"] - 1]
    assert '"A": "much"' in written[lines["tree/go/down/yes"] - 1]
