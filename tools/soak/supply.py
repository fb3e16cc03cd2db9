"""Feeds a soak: archives of real games, some of them broken."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from tools.rig.deliveries import Deliveries
from tools.rig.games import Game, load_games
from tools.soak.corrupt import CORRUPTIONS, GOOD, Maker, good_archive

# Of a file's games; broken files have fewer chunks than that.
_GAMES = (2, 8)
_BROKEN_SHARE = 0.25
# Files that stay on disk, as a training server keeps those of the last days.
_KEPT_FILES = 60


class Supply:
    """Delivers files at random moments until it is cancelled.

    Threads: one event loop.
    """

    def __init__(self, deliveries: Deliveries, draw: random.Random, *, mean_seconds: float) -> None:
        self.deliveries = deliveries
        # Files by the name of their maker, and by the reason that the loader has to give for them.
        self.made: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self._draw = draw
        self._mean_seconds = mean_seconds
        self._games: Sequence[Game] = load_games()

    async def run(self) -> None:
        """Delivers for ever."""
        while True:
            await asyncio.sleep(self._draw.uniform(0.0, 2 * self._mean_seconds))
            makers = CORRUPTIONS if self._draw.random() < _BROKEN_SHARE else GOOD
            self.deliver(self._draw.choice(makers))

    def deliver(self, make: Maker = good_archive) -> None:
        """One file now."""
        games = self._draw.sample(self._games, self._draw.randint(*_GAMES))
        file = make(self._draw, games)
        self.made[make.__name__] += 1
        if file.reason:
            self.reasons[file.reason] += 1
        self.deliveries.add(file.data, chunks=file.chunks, suffix=file.suffix)
        self.deliveries.keep_newest(_KEPT_FILES)
