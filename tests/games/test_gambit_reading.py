"""Gambit's files: what the format allows is read, what it does not is refused by line and column."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from contribution_games import threshold_game
from hypothesis import given, settings
from hypothesis import strategies as st

import coercion_sim as cs
from coercion_sim.errors import GameError
from coercion_sim.games import Chance, Decision, ExtensiveGame, nfg_text, read_game, solve_game, write_gambit

TREE = """EFG 2 R "A \\"quoted\\" title" { "Ann" "" }
"a comment
over two lines"

c "ROOT" 7 "" { "up" 1/3 "down" 2/3 } 0
p "" 1 5 "" { "in" "" "" } 3 "stake" { 1/2, -.5 }
p "" 2 1 "guess" { "l" "r" } 0
t "" 1 "same" { 1, 2 }
t "" 2 "same" { 3 4 }
t "" 1
t "alone" 0
p "" 2 1 4 "late" { 1e1 0 }
t "" 1 "same" { 1.0, 4/2 }
t "" 0
"""
BY_OUTCOME = """NFG 1 R "t" { "A" "B" } { { "x" "y" } { "" "" "r" } } "comment"
{ { "one" 1, 2 } { "two" 1/4 -3 } }
1 2 0 1 2 2
"""


def written(tmp_path: Path, text: str, name: str = "g.efg") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def refusal(tmp_path: Path, text: str, name: str = "g.efg") -> str:
    with pytest.raises(GameError) as caught:
        read_game(written(tmp_path, text, name))
    return str(caught.value).replace(str(tmp_path) + "/", "")


def test_a_tree_with_everything_the_format_allows(tmp_path) -> None:
    game = cs.load_game(written(tmp_path, TREE))
    assert isinstance(game, ExtensiveGame)
    assert (game.title, game.players) == ('A "quoted" title', ("Ann", "Player 2"))
    root = game.root
    assert isinstance(root, Chance)
    assert [action.prob for action in root.actions] == [1 / 3, 2 / 3]
    first, late = (action.child for action in root.actions)
    assert isinstance(first, Decision)
    assert isinstance(late, Decision)
    assert [action.label for action in first.actions] == ["in", "2", "3"]
    guess = first.actions[0].child
    assert isinstance(guess, Decision)
    assert guess.infoset == late.infoset == "guess"  # declared once, recalled by its number
    assert [action.label for action in late.actions] == ["l", "r"]
    ends = {end.label: tuple(end.payoffs.values()) for end in game.terminals()}
    assert ends == {  # outcomes on the way add up; one name with other payoffs gets a number
        "same": (1.5, 1.5), "same (2)": (3.5, 3.5), "alone": (0.5, -0.5), "same (3)": (11.0, 2.0), "end": (10.0, 0.0)
    }  # fmt: skip


def test_a_table_by_outcomes_runs_over_the_first_player_fastest(tmp_path) -> None:
    game = read_game(written(tmp_path, BY_OUTCOME, "g.nfg"))
    assert game.strategies == {"A": ("x", "y"), "B": ("1", "2", "r")}
    assert game.payoffs["A"].tolist() == [[1.0, 0.0, 0.25], [0.25, 1.0, 0.25]]
    assert game.payoffs["B"].tolist() == [[2.0, 0.0, -3.0], [-3.0, 2.0, -3.0]]
    counted = read_game(written(tmp_path, 'NFG 1 D "" { "A" "B" } { 2 1 }\n\n1 2 3 -4.5e-1', "h.nfg"))
    assert counted.strategies == {"A": ("1", "2"), "B": ("1",)}
    assert counted.payoffs["B"].tolist() == [[2.0], [-0.45]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=6, max_size=6))
def test_what_is_written_is_read_to_the_last_digit(tmp_path_factory, some) -> None:
    cells = [-1e12, *some, 1e12]  # payoffs that differ by a part in 1e9 of their size are refused
    folder = tmp_path_factory.mktemp("g")
    game = threshold_game(3, 2, 1.0, 0.3)
    changed = type(game)(
        game.players, game.strategies, {**game.payoffs, "Ally2": [[cells[:2], cells[2:4]], [cells[4:6], cells[6:]]]}
    )
    again = read_game(written(folder, nfg_text(changed), "g.nfg"))
    assert all((again.payoffs[name] == changed.payoffs[name]).all() for name in game.players)
    write_gambit(changed, folder / "g.efg")
    tree = read_game(folder / "g.efg")
    assert [tuple(e.payoffs.values()) for e in tree.terminals()] == [
        tuple(e.payoffs.values()) for e in ExtensiveGame(changed.players, changed.root).terminals()
    ]


@pytest.mark.parametrize(("old", "new", "message"), [
    ("EFG 2 R", "EFG 3 R", "g.efg:1: column 5: expected version 2; found '3'"),
    ("EFG", "EGG", "g.efg:1: column 1: not a Gambit file"),
    ("1/3 ", "1/0 ", "g.efg:5: column 22: a probability is not a finite number"),
    ("2/3", "3/3", "g.efg:5: column 15: the probabilities must sum to 1, not to 1.3333"),
    ("2/3", "-2/3", "must be at least 0; found '-2/3'"),
    ("1e1 0", "1e1", "g.efg:12: column 25: expected a payoff, a number; found '}'"),
    ("1e1 0", "1e151 0", "larger than 1e+150: divide all of its payoffs by one number"),
    ("1e1 0", "1e999 0", "g.efg:12: column 21: a payoff is not a finite number"),
    ("1.0, 4/2", "1.0, 5/2", "g.efg:13: column 6: outcome 1 pays otherwise than where it was first named"),
    ("p \"\" 2 1 4", "p \"\" 3 1 4", "g.efg:12: column 6: no such player; found '3'; allowed: 1 to 2"),
    ("p \"\" 2 1 4", "p \"\" 2 9 4", "g.efg:12: column 10: the first node of an information set must list its actions"),
    ("p \"\" 2 1 4", "p \"\" 2 1 \"\" { \"l\" \"m\" } 4", "g.efg:12: column 10: the actions of information"),
    ("t \"\" 0\n", "", "expected a node; found the end of the file"),
    ("t \"\" 0\n", "t \"\" 0\nt \"\" 0\n", "g.efg:15: column 1: the game is complete here"),
    ("t \"\" 0\n", "t \"open 0\n", "g.efg:14: column 3: quoted text does not end"),
])  # fmt: skip
def test_refusals_of_trees_name_line_and_column(tmp_path, old, new, message) -> None:
    assert TREE.count(old) >= 1
    place = TREE.rindex(old)
    assert message in refusal(tmp_path, TREE[:place] + new + TREE[place + len(old) :])


@pytest.mark.parametrize(("old", "new", "message"), [
    ("1 2 0 1 2 2", "1 2 0 1 3 2", "g.nfg:3: column 9: no such outcome; found '3'; allowed: 0 to 2"),
    ("1 2 0 1 2 2", "1 2 0 1 2", "the table ends after 5 of 6 cells"),
    ("1 2 0 1 2 2", "1 2 0 1 2 2 1", "g.nfg:3: column 13: the game is complete here"),
    ("{ \"x\" \"y\" } ", "", "needs strategies for each of 2 players, not 1"),
    ("1/4 -3", "1/4", "expected a payoff, a number; found '}'"),
    ("{ { \"x\" \"y\" } { \"\" \"\" \"r\" } }", "{ 9000 9000 }", "table too large"),
])  # fmt: skip
def test_refusals_of_tables_name_line_and_column(tmp_path, old, new, message) -> None:
    assert message in refusal(tmp_path, BY_OUTCOME.replace(old, new), "g.nfg")


def test_imperfect_recall_is_refused_at_the_line_of_the_node(tmp_path) -> None:
    text = 'EFG 2 R "" { "A" }\np "" 1 1 "h" { "l" "r" } 0\np "" 1 1 0\nt "" 0\nt "" 0\nt "" 0\n'
    assert "g.efg:3: tree/l: imperfect recall" in refusal(tmp_path, text)


def test_deep_missing_and_binary_files_are_refused(tmp_path) -> None:
    deep = 'EFG 2 R "" { "A" }\n' + "".join(f'p "" 1 {k} "" {{ "l" }} 0\n' for k in range(1, 300)) + 't "" 0\n'
    assert "g.efg:203: column 1: the tree is too deep for a file" in refusal(tmp_path, deep)
    with pytest.raises(GameError, match="no such file"):
        read_game(tmp_path / "none.efg")
    (tmp_path / "b.nfg").write_bytes(b"NFG \xff")
    with pytest.raises(GameError, match="not text in UTF-8"):
        read_game(tmp_path / "b.nfg")


def test_the_command_line_shows_and_solves_them(tmp_path) -> None:
    from coercion_sim.cli.game import game as main

    path = written(tmp_path, TREE)
    shown = CliRunner().invoke(main, ["show", str(path)])
    assert shown.exit_code == 0, shown.output
    assert "same (3)" in shown.output
    solved = CliRunner().invoke(main, ["solve", str(path), "--rationality", "2", "--json"])
    assert solved.exit_code == 0, solved.output
    assert '"status": "converged"' in solved.output


def test_differences_that_rounding_would_lose_are_refused(tmp_path) -> None:
    """The second action is better by 1; as doubles the two payoffs are equal."""
    tree = 'EFG 2 R "" { "Ann" } p "" 1 1 "" { "l" "r" } 0 t "" 1 "" { %s } t "" 2 "" { %s }'
    table = 'NFG 1 R "" { "Ann" "B" } { 2 1 } %s 0 %s 0'
    big = 10**20
    for text, name in ((tree, "g.efg"), (table, "g.nfg")):
        assert "payoffs of Ann differ by too little for their size (1)" in refusal(
            tmp_path, text % (big, big + 1), name
        )
        assert refusal(tmp_path, text % (big, big + 1), name).endswith(
            "the same less a constant, which changes no answer"
        )
        read_game(written(tmp_path, text % (10**6, 10**6 + 1), name))
        read_game(written(tmp_path, text % ("1/3", "1/3"), name))
        read_game(written(tmp_path, text % (big, -big), name))


def test_payoffs_of_twenty_digits_are_solved_exactly(tmp_path) -> None:
    """A payoff of 1e19 beside 1: mixing with a chance of 1e-19 and no equilibrium too many."""
    big = 10**19
    text = f'NFG 1 R "" {{ "A" "B" }} {{ 2 2 }} {big} {-big} 0 0 0 0 1 -1'
    (only,) = solve_game(read_game(written(tmp_path, text, "g.nfg")), method="nash").equilibria
    share = Fraction(1, big + 1)
    assert only.strategies["B"]["1"] == pytest.approx(float(share), rel=1e-12)
