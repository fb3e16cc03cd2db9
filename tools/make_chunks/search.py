"""Invents what a search would have said of a game: visits of moves, values, the game's result.

Nothing thinks here. The figures have the form and the range of real ones, agree with each other
and compress like them: probabilities are fractions of a whole number of visits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.frame import NO_MOVE, Frames, Invariance
from tools.make_chunks.encode import Encoded
from tools.make_chunks.play import Ending, Game

Values = NDArray[np.float64]

_ILLEGAL = np.float32(-1)
# Spread of the network's logits, how much surer the search is, and how much it likes the move that
# was played.
_LOGIT_SPREAD = 1.0
_SEARCH_SHARPNESS = 1.2
_PLAYED_BONUS = 2.0
# Of each value's noise.
_BEST_ABOVE_ROOT = 0.05
_PLAYED_BELOW_BEST = 0.1
_NETWORK_ERROR = 0.15
_MOVES_LEFT_ERROR = 0.1
# How often the network's answer had left the engine's cache.
_NOT_IN_CACHE = 0.03
# Weight of the next position in the short-term value.
_SHORT_TERM_DECAY = 0.85


@dataclass(frozen=True)
class _Value:
    """A row q, d, m for each position, seen from the side to move; [N] f64 each."""

    q: Values
    d: Values
    m: Values


def invent_search(
    game: Game, encoded: Encoded, visits: int, rng: np.random.Generator, frames: Frames
) -> None:
    """Fills the fields of `frames` [N] that come from search and from the game's end.

    `visits` is their mean number; 1 or more.
    """
    _invent_policy(encoded, visits, rng, frames)
    _write_result(game, frames)
    root = _root_value(game, rng)
    _write("root", root, frames)
    _invent_values(game, root, rng, frames)
    _write_short_term(root, frames)


def _invent_policy(encoded: Encoded, visits: int, rng: np.random.Generator, frames: Frames) -> None:
    rows = np.arange(len(frames))
    is_legal = encoded.indices >= 0
    logits = np.where(is_legal, rng.normal(0, _LOGIT_SPREAD, is_legal.shape), -np.inf)
    network = _softmax(logits)
    logits[rows, encoded.played] += _PLAYED_BONUS / _SEARCH_SHARPNESS
    total = np.maximum(1, rng.integers(visits * 3 // 4, visits * 5 // 4 + 1, len(frames)))
    counts = rng.multinomial(total - 1, _softmax(logits * _SEARCH_SHARPNESS))
    counts[rows, encoded.played] += 1
    fractions = counts / total[:, None]
    row, column = np.nonzero(is_legal)
    frames["probabilities"] = _ILLEGAL
    frames["probabilities"][row, encoded.indices[row, column]] = fractions[row, column]
    frames["visits"] = total
    frames["best_idx"] = encoded.indices[rows, counts.argmax(axis=1)]
    frames["played_idx"] = encoded.indices[rows, encoded.played]
    frames["policy_kld"] = _divergence(fractions, network)


def _softmax(logits: Values) -> Values:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _divergence(fractions: Values, network: Values) -> Values:
    """[N]: Kullback-Leibler divergence of the visits from the network's policy."""
    ratio = np.divide(fractions, network, out=np.ones_like(network), where=fractions > 0)
    return np.asarray((fractions * np.log(ratio)).sum(axis=1))


def _signs(plies: int) -> Values:
    """+1 where white is to move, -1 where black is."""
    return np.where(np.arange(plies) % 2 == 0, 1.0, -1.0)


def _write_result(game: Game, frames: Frames) -> None:
    frames["result_q"] = game.result * _signs(game.plies)
    frames["result_d"] = game.result == 0
    frames["plies_left"] = np.arange(game.plies, 0, -1)
    if game.ending is Ending.LENGTH:
        frames["invariance"] |= np.uint8(Invariance.ADJUDICATED | Invariance.MAX_LENGTH)


def _root_value(game: Game, rng: np.random.Generator) -> _Value:
    """Wanders, and comes to believe in the result towards the end."""
    progress = np.arange(1, game.plies + 1) / game.plies
    wander = rng.normal(0, 0.1, game.plies).cumsum() * (1 - progress)
    white = np.tanh(wander + 2.5 * game.result * progress**2)
    q = white * _signs(game.plies)
    return _value(q, rng, game)


def _value(q: Values, rng: np.random.Generator, game: Game) -> _Value:
    """A whole row for a q: what is neither won nor lost is mostly drawn."""
    q = np.clip(q, -1, 1)
    error = np.exp(rng.normal(0, _MOVES_LEFT_ERROR, game.plies))
    return _Value(
        q=q,
        d=(1 - np.abs(q)) * rng.uniform(0.4, 0.9, game.plies),
        m=np.arange(game.plies, 0, -1, dtype=np.float64) * error,
    )


def _invent_values(game: Game, root: _Value, rng: np.random.Generator, frames: Frames) -> None:
    plies = game.plies
    best = _value(root.q + np.abs(rng.normal(0, _BEST_ABOVE_ROOT, plies)), rng, game)
    worse = _value(best.q - np.abs(rng.normal(0, _PLAYED_BELOW_BEST, plies)), rng, game)
    network = _value(root.q + rng.normal(0, _NETWORK_ERROR, plies), rng, game)
    is_best = frames["played_idx"] == frames["best_idx"]
    if game.ending is Ending.MATE and is_best[-1]:
        best.q[-1], best.d[-1], best.m[-1] = 1, 0, 1
        frames["invariance"][-1] |= np.uint8(Invariance.BEST_Q_PROVEN)
    _write("best", best, frames)
    _write("played", worse, frames)
    for part in ("q", "d", "m"):
        frames[f"played_{part}"][is_best] = frames[f"best_{part}"][is_best]
    _write("orig", network, frames)
    forgotten = rng.random(plies) < _NOT_IN_CACHE
    for part in ("q", "d", "m"):
        frames[f"orig_{part}"][forgotten] = np.nan


def _write(name: str, value: _Value, frames: Frames) -> None:
    frames[f"{name}_q"], frames[f"{name}_d"], frames[f"{name}_m"] = value.q, value.d, value.m


def _write_short_term(root: _Value, frames: Frames) -> None:
    """V6: the spread of q. V7: an average over the positions to come, and their moves."""
    if "d_st" not in (frames.dtype.names or ()):
        frames["q_st"] = np.abs(frames["best_q"] - frames["root_q"])
        return
    q, d = float(frames["result_q"][-1]), float(frames["result_d"][-1])
    for ply in reversed(range(len(frames))):
        weight = _SHORT_TERM_DECAY
        q = weight * q + (1 - weight) * float(root.q[ply])
        d = weight * d + (1 - weight) * float(root.d[ply])
        frames["q_st"][ply], frames["d_st"][ply] = q, d
        q = -q
    frames["opp_played_idx"] = NO_MOVE
    frames["opp_played_idx"][:-1] = frames["played_idx"][1:]
    frames["next_played_idx"] = NO_MOVE
    frames["next_played_idx"][:-2] = frames["played_idx"][2:]
