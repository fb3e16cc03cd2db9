"""What must hold of the order in which games come out of a loader.

A visit is one coming of a game, with all of its positions in a row: the graph samples at a rate of
1 and has no reservoir, and one thread reads games, so that visits come in the order of the pool.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from tools.loader_soak.games import Identity

# A game's place: file and index. What is written there later comes in its stead.
Place = tuple[int, int]


class Violation(Exception):
    """The loader broke a promise."""


class Assembler:
    """Makes visits of positions. Violation if a game's do not come in a row, each once."""

    def __init__(self) -> None:
        # Of the game that is coming, in any order.
        self._positions: list[Identity] = []

    def restart(self) -> None:
        """What was half delivered is gone."""
        self._positions = []

    def take(self, positions: Iterable[Identity]) -> list[Identity]:
        """Give the first position of each visit that is whole now."""
        visits = []
        for position in positions:
            game = position._replace(place=0)
            if any(known == position for known in self._positions):
                raise Violation(f"{position} came twice in a visit")
            if self._positions and self._positions[0]._replace(place=0) != game:
                raise Violation(f"{position} came, but of the game before it {self._positions}")
            self._positions.append(position)
            if len(self._positions) == position.length:
                visits.append(game)
                self._positions = []
        return visits


class Passes:
    """Tells passes of the pool by the games that are always in its window.

    Each of them comes once in a pass. From that follows between which two visits a pass ended, and
    no other game may come twice without such a place between.
    """

    # Zones that are kept: ends of passes further back tell nothing more.
    _KEPT = 4

    def __init__(self, stable: Set[Place], *, most_lost: int) -> None:
        self._stable = stable
        # Visits that a restart may swallow: what waited in queues.
        self._most_lost = most_lost
        # By restarts in this pass; and in the last one, of which some may belong to this.
        self._lost_now = 0
        self._lost_before = 0
        self._seen: set[Place] = set()
        self._now = 0
        self._last_stable = 0
        # The last pass's end lies behind the first and not behind the second of each.
        self._ends: list[tuple[int, int]] = []
        # The last visit of each game that is not stable.
        self._visited: dict[Place, int] = {}
        self.visits = 0
        self.passes = 0

    def restart(self, *, goes_on: bool) -> None:
        """The loader was stopped, and another one goes on, or starts afresh."""
        if goes_on:
            self._lost_now += self._most_lost
            return
        self._end_pass(self._now, self._now + 1)
        self._last_stable = self._now

    def forget(self, files: Set[int]) -> None:
        """These will not come any more."""
        for place in [place for place in self._visited if place[0] in files]:
            del self._visited[place]

    def take(self, place: Place, *, can_leave: bool) -> None:
        """One visit. Games that `can_leave` the window may come twice in a pass, or never."""
        self._now += 1
        self.visits += 1
        if place in self._stable:
            self._take_stable(place)
        elif not can_leave:
            before = self._visited.get(place)
            if before is not None and not self._may_have_ended_since(before):
                raise Violation(f"game {place} came twice in a pass (visits {before}, {self._now})")
            self._visited[place] = self._now

    def _take_stable(self, place: Place) -> None:
        if place in self._seen:
            missing = self._stable - self._seen
            if len(missing) > self._may_be_lost:
                raise Violation(
                    f"game {place} came twice in a pass (visit {self._now}), or {len(missing)} of "
                    f"{len(self._stable)} never, of which restarts may have taken "
                    f"{self._may_be_lost}: {sorted(missing)[:5]}"
                )
            self._end_pass(self._last_stable, self._now)
        self._seen.add(place)
        self._last_stable = self._now

    def _end_pass(self, after: int, until: int) -> None:
        self._ends = [*self._ends[-self._KEPT + 1 :], (after, until)]
        self._seen = set()
        self._lost_before, self._lost_now = self._lost_now, 0
        self.passes += 1

    @property
    def _may_be_lost(self) -> int:
        return self._lost_before + self._lost_now

    def _may_have_ended_since(self, before: int) -> bool:
        if len(self._stable - self._seen) <= self._may_be_lost and before < self._now:
            return True
        return any(max(before, after) < min(self._now, until) for after, until in self._ends)


def check_whole_passes(visits: Sequence[Identity], window: Mapping[Place, int]) -> None:
    """Check that the visits are the rest of a pass and then whole ones over `window`.

    window: the version of each good game in it. Violation, with what is missing or too much.
    """
    places = [(visit.file, visit.game) for visit in visits]
    for visit, place in zip(visits, places, strict=True):
        if window.get(place) != visit.version:
            raise Violation(f"{visit} came; in the window is version {window.get(place)}")
    size = len(window)
    for rest in range(size + 1):
        parts = [places[:rest]]
        parts += [places[begin : begin + size] for begin in range(rest, len(places), size)]
        if all(len(set(part)) == len(part) for part in parts):
            return
    raise Violation(f"no cut makes whole passes over {size} games of {len(places)} visits")
