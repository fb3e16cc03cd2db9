"""Reads what `bazel aquery --output=jsonproto` tells of a build's actions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Action:
    """One action: what it belongs to, what it runs and how."""

    label: str
    mnemonic: str
    # The command, and the content of its parameter files.
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    # Tags that change where and how it runs, as no-sandbox.
    requirements: frozenset[str] = frozenset()


def read_actions(text: str) -> Iterator[Action]:
    """All actions of one answer.

    Errors: ValueError and KeyError if the text is not such an answer.
    """
    answer = json.loads(text)
    labels = {target["id"]: target["label"] for target in answer.get("targets", [])}
    for action in answer.get("actions", []):
        arguments = list(action.get("arguments", []))
        for file in action.get("paramFiles", []):
            arguments += file.get("arguments", [])
        yield Action(
            label=labels[action["targetId"]],
            mnemonic=action["mnemonic"],
            arguments=tuple(arguments),
            environment=_pairs(action.get("environmentVariables", [])),
            requirements=frozenset(_pairs(action.get("executionInfo", []))),
        )


def _pairs(entries: list[dict[str, str]]) -> dict[str, str]:
    return {entry["key"]: entry.get("value", "") for entry in entries}
