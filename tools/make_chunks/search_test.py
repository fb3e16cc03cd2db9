import numpy as np
import pytest

from lczero_training.records.frame import NO_MOVE, Frames, Invariance
from tools.make_chunks.games import GameOptions, make_game


@pytest.fixture(scope="module", params=[6, 7])
def games(request: pytest.FixtureRequest) -> list[Frames]:
    return [make_game(GameOptions(version=request.param, frames=60), n) for n in range(20)]


def test_probabilities_are_fractions_of_visits(games: list[Frames]) -> None:
    for game in games:
        legal = game["probabilities"] >= 0
        assert (game["probabilities"][~legal] == -1).all()
        fractions = np.where(legal, game["probabilities"], 0).astype(np.float64)
        counts = fractions * game["visits"][:, None]
        np.testing.assert_allclose(counts, counts.round(), atol=1e-3)
        np.testing.assert_allclose(fractions.sum(axis=1), 1, atol=1e-5)
        rows = np.arange(len(game))
        np.testing.assert_array_equal(fractions[rows, game["best_idx"]], fractions.max(axis=1))
        assert (fractions[rows, game["played_idx"]] > 0).all()
        assert (game["policy_kld"] >= 0).all()


def test_results_are_those_of_the_side_to_move(games: list[Frames]) -> None:
    results = set()
    for game in games:
        white = game["result_q"] * np.where(np.arange(len(game)) % 2 == 0, 1, -1)
        assert len(set(white.tolist())) == 1
        np.testing.assert_array_equal(game["result_d"], white == 0)
        np.testing.assert_array_equal(game["plies_left"], np.arange(len(game), 0, -1))
        results.add(float(white[0]))
    assert results == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("row", ["root", "best", "played", "orig"])
def test_values_are_possible(games: list[Frames], row: str) -> None:
    for game in games:
        q, d, m = (game[f"{row}_{part}"] for part in "qdm")
        known = ~np.isnan(q)
        assert row == "orig" or known.all()
        np.testing.assert_array_equal(np.isnan(d), ~known)
        assert (np.abs(q[known]) + d[known] <= 1 + 1e-6).all()
        assert (d[known] >= 0).all()
        assert (m[known] > 0).all()


def test_values_agree(games: list[Frames]) -> None:
    for game in games:
        assert (game["best_q"] >= game["root_q"]).all()
        assert (game["played_q"] <= game["best_q"]).all()
        same = game["played_idx"] == game["best_idx"]
        np.testing.assert_array_equal(game["played_q"][same], game["best_q"][same])
        last = game[-1]
        if last["invariance"] & Invariance.BEST_Q_PROVEN:
            assert (last["best_q"], last["result_q"], last["plies_left"]) == (1, 1, 1)
    forgotten = np.concatenate([np.isnan(game["orig_q"]) for game in games]).mean()
    # 1,200 positions at 3 %: five standard deviations.
    assert abs(forgotten - 0.03) < 0.025


def test_later_moves_are_those_that_were_played(games: list[Frames]) -> None:
    for game in games:
        if game["version"][0] == 6:
            continue
        played = game["played_idx"].tolist()
        assert game["opp_played_idx"].tolist() == [*played[1:], NO_MOVE]
        assert game["next_played_idx"].tolist() == [*played[2:], NO_MOVE, NO_MOVE]
        assert (np.abs(game["q_st"]) <= 1).all()
        # The next position's value is the opponent's.
        expected = -0.85 * game["q_st"][1:] + 0.15 * game["root_q"][:-1]
        np.testing.assert_allclose(game["q_st"][:-1], expected, atol=1e-5)
        assert ((game["d_st"] >= 0) & (game["d_st"] <= 1)).all()


def test_games_differ_in_length_around_the_mean() -> None:
    lengths = [len(make_game(GameOptions(frames=40, visits=1), n)) for n in range(100)]
    assert 20 <= min(lengths) < 25
    assert 55 < max(lengths) <= 60
    # A spread of 12 over 100 games: five standard deviations are 6.
    assert abs(np.mean(lengths) - 40) < 6


def test_the_shortest_games_are_games() -> None:
    for version in (6, 7):
        assert len(make_game(GameOptions(frames=1, visits=1, version=version), 0)) in (1, 2)
