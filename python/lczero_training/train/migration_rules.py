"""Rules by which a checkpoint's weights become those of another model."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lczero_training.train.checkpoint_about import CheckpointError

_MAX_LISTED = 40
_FORMS = "{map: GLOB, to: GLOB}, {drop: GLOB} or {init: GLOB}"


class MigrationError(CheckpointError):
    """Rules that leave something open, or cannot be followed; `problems` has a line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        listed = [*problems[:_MAX_LISTED]]
        if len(problems) > _MAX_LISTED:
            listed.append(f"... and {len(problems) - _MAX_LISTED} more")
        super().__init__(
            f"{len(problems)} weights or rules are left open:\n  "
            + "\n  ".join(listed)
            + "\nGive rules for them: map (from the checkpoint's path to the model's), drop (what "
            "the model has not), init (what the checkpoint has not, or not in this shape)."
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One of three kinds; globs are over whole weight paths, and `*` matches slashes too.

    Attributes:
        kind: "map": weights of the checkpoint that match get another path; "drop": they go
            nowhere; "init": weights of the model that match get initial values.
        match: the glob.
        to: of "map": the new path; each `*` stands for what that of `match` matched.
    """

    kind: str
    match: str
    to: str = ""

    def __post_init__(self) -> None:
        if self.kind == "map" and self.match.count("*") != self.to.count("*"):
            raise ValueError(f"{self}: both sides need the same number of *")

    def __str__(self) -> str:
        return f"{self.kind} {self.match}" + (f" to {self.to}" if self.kind == "map" else "")

    def matches(self, paths: Iterable[str]) -> list[str]:
        """Those of the paths that the glob matches."""
        return [path for path in paths if self._pattern.fullmatch(path)]

    def mapped(self, path: str) -> str:
        """The new path of one that matches."""
        found = self._pattern.fullmatch(path)
        assert found is not None
        parts = self.to.split("*")
        return parts[0] + "".join(a + b for a, b in zip(found.groups(), parts[1:], strict=True))

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("(.*)".join(re.escape(part) for part in self.match.split("*")))


def read_rules(path: Path) -> list[Rule]:
    """The rules of a YAML file, a list; ValueError names the entry, OSError."""
    try:
        entries = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(entries, list):
        raise ValueError(f"{path}: expected a list of {_FORMS}")
    rules = []
    for number, entry in enumerate(entries, 1):
        try:
            rules.append(_rule(entry))
        except ValueError as error:
            raise ValueError(f"{path}, rule {number}: {error}") from error
    return rules


def make_rule(kind: str, match: str, to: str = "") -> Rule:
    """A rule; paths may have the prefix params/, as messages have it. Raises ValueError."""
    return Rule(kind=kind, match=match.removeprefix("params/"), to=to.removeprefix("params/"))


def _rule(entry: Any) -> Rule:
    if isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values()):
        match list(entry):
            case ["map", "to"] | ["to", "map"]:
                return make_rule("map", entry["map"], entry["to"])
            case [("drop" | "init") as kind]:
                return make_rule(kind, entry[kind])
    raise ValueError(f"expected {_FORMS}, found {entry!r}")


@dataclass
class WeightPlan:
    """Where each weight of the model comes from.

    Attributes:
        sources: the checkpoint's path by the model's; None: an initial value.
    """

    sources: dict[str, str | None] = field(default_factory=dict)

    def count(self) -> str:
        """How many weights come from where."""
        same = sum(source == path for path, source in self.sources.items())
        new = sum(source is None for source in self.sources.values())
        return f"{same} kept, {len(self.sources) - same - new} mapped, {new} initialised"


def plan_weights(
    theirs: Mapping[str, str], ours: Mapping[str, str], rules: Sequence[Rule]
) -> WeightPlan:
    """Says of each weight where it comes from.

    The first rule that speaks of a weight decides. Without one it is the checkpoint's of the same
    path and shape.

    Args:
        theirs: types and shapes of the checkpoint's weights by path.
        ours: of the model's.

    Raises:
        MigrationError: a weight of the model has no source, one of the checkpoint goes nowhere
            without a rule that says so, shapes differ, or a rule matches nothing.
    """
    plan, problems, gone = WeightPlan(), [], set[str]()
    for rule in rules:
        if rule.kind == "init":
            found = rule.matches(ours)
            for path in found:
                plan.sources.setdefault(path, None)
        else:
            found = rule.matches(theirs)
            gone |= set(found)
        if not found:
            problems.append(f"the rule {rule} matches nothing")
        if rule.kind == "map":
            problems += _map(rule, found, plan, ours)
    for path in ours:
        if path not in plan.sources and path in theirs and path not in gone:
            plan.sources[path] = path
    return _checked(plan, theirs, ours, gone, problems)


def _map(rule: Rule, found: list[str], plan: WeightPlan, ours: Mapping[str, str]) -> list[str]:
    problems = []
    for path in found:
        new = rule.mapped(path)
        if new not in ours:
            problems.append(f"params/{new}: not in the model; params/{path} is mapped to it")
        else:
            plan.sources.setdefault(new, path)
    return problems


def _checked(
    plan: WeightPlan,
    theirs: Mapping[str, str],
    ours: Mapping[str, str],
    gone: set[str],
    problems: list[str],
) -> WeightPlan:
    for path, shape in ours.items():
        source = plan.sources.get(path)
        if path not in plan.sources:
            there = "goes elsewhere by a rule" if path in theirs else "absent in the checkpoint"
            problems.append(f"params/{path}: {there}, {shape} by the config")
        elif source is not None and theirs[source] != shape:
            where = "" if source == path else f" as params/{source}"
            problems.append(
                f"params/{path}: {theirs[source]} in the checkpoint{where}, {shape} by the config"
            )
    used = set(plan.sources.values()) | gone
    problems += [
        f"params/{path}: {shape} in the checkpoint, absent by the config"
        for path, shape in theirs.items()
        if path not in used and path not in ours
    ]
    if problems:
        raise MigrationError(problems)
    return plan
