"""Several processes that train one network: section `training.processes` of the config."""

from dataclasses import dataclass

from lczero_training.config import checks


@dataclass(frozen=True, kw_only=True)
class ProcessesConfig:
    """How the processes find each other: `{}` asks the cluster, else all three are given."""

    # HOST:PORT of process 0, which the others can reach. None: JAX asks SLURM, Open MPI or
    # Kubernetes, whichever has started it.
    coordinator: str | None = None
    count: int | None = None
    # Of this process, from 0; the one setting that differs between them.
    index: int | None = None
    # "shared": all read the same folders, each its own share of the games. "own": each host's
    # folders hold games that no other has.
    games: str = "shared"
    # A process that was not heard of for so long is lost, and the others end. The default is JAX's:
    # a host that swaps or a network that is down for a minute costs no restart.
    lost_after_seconds: int = 100

    def __post_init__(self) -> None:
        checks.one_of("games", self.games, ("shared", "own"))
        checks.optional(checks.at_least, "count", self.count, 1)
        checks.optional(checks.at_least, "index", self.index, 0)
        checks.at_least("lost_after_seconds", self.lost_after_seconds, 2)
        given = {name: getattr(self, name) for name in ("coordinator", "count", "index")}
        missing = [name for name, value in given.items() if value is None]
        if 0 < len(missing) < len(given):
            raise checks.FieldError(
                missing[0], "a value, since coordinator, count and index belong together", None
            )
        if self.count is not None and self.index is not None and self.index >= self.count:
            raise checks.FieldError("index", f"a number below count ({self.count})", self.index)
