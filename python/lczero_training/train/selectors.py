"""Which weights the config's glob rules select, by path: decay, freeze and L2."""

import difflib
import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lczero_training.config.checks import FieldError
from lczero_training.config.optimizer import Selector
from lczero_training.config.training import TrainingConfig
from lczero_training.train.state import Params, named_leaves, path_name

# Paths that a warning shows.
_NEAREST = 3


@dataclass(frozen=True, kw_only=True)
class WeightRules:
    """What applies to one weight. A frozen one is neither decayed nor regularised."""

    frozen: bool
    decays: bool
    regularised: bool


def weight_rules(config: TrainingConfig, params: Params) -> Mapping[str, WeightRules]:
    """What applies to each weight, by path; `params` may be shapes."""
    rules = {}
    for path in named_leaves(params):
        frozen = is_selected(config.optimizer.freeze, path)
        rules[path] = WeightRules(
            frozen=frozen,
            decays=not frozen
            and bool(config.optimizer.resolved().weight_decay)
            and is_selected(config.optimizer.decay, path),
            regularised=not frozen
            and config.regularise is not None
            and is_selected(config.regularise.select, path),
        )
    return rules


def is_selected(selector: Selector, path: str) -> bool:
    """The value of the first rule that matches the path; False if none does."""
    return next((rule.value for rule in selector if fnmatch.fnmatchcase(path, rule.match)), False)


def selection(selector: Selector, params: Params) -> Params:
    """A pytree like params with True for the weights that are selected."""
    return jax.tree_util.tree_map_with_path(
        lambda path, _: is_selected(selector, path_name(path)), params
    )


def trained_part(params: Params, freeze: Selector) -> Params:
    """The weights with nothing in the place of the frozen ones.

    Gradients and the optimizer's state are made for this part alone.
    """

    def keep(path: tuple[Any, ...], leaf: Any) -> Any:
        return optax.MaskedNode() if is_selected(freeze, path_name(path)) else leaf

    return jax.tree_util.tree_map_with_path(keep, params)


def whole(trained: Params, params: Params) -> Params:
    """All weights: those of a trained_part, and from `params` the frozen ones."""
    return jax.tree.map(
        lambda leaf, frozen: frozen if _is_masked(leaf) else leaf,
        trained,
        params,
        is_leaf=_is_masked,
    )


def l2(params: Params, select: Selector, freeze: Selector) -> jax.Array:
    """[] f32: half the sum of the squares of the weights that are selected and not frozen."""
    squares = [
        jnp.sum(jnp.square(leaf))
        for path, leaf in named_leaves(params).items()
        if is_selected(select, path) and not is_selected(freeze, path)
    ]
    return 0.5 * sum(squares, start=jnp.zeros((), jnp.float32))


def _is_masked(leaf: Any) -> bool:
    return isinstance(leaf, optax.MaskedNode)


def check_selectors(config: TrainingConfig, params: Params) -> list[str]:
    """A warning for each rule that decides nothing, and each selector of nothing that is trained.

    Raises FieldError, its field relative to the root, if every weight is frozen.
    """
    by_path = weight_rules(config, params)
    if all(rules.frozen for rules in by_path.values()):
        expectation = "rules that leave a weight to train; these freeze all of them"
        shown = [(rule.match, rule.value) for rule in config.optimizer.freeze]
        raise FieldError("training.optimizer.freeze", expectation, shown)
    return [*_idle_rules(config, list(by_path)), *_idle_selectors(config, by_path)]


def _idle_rules(config: TrainingConfig, paths: Sequence[str]) -> Iterator[str]:
    selectors = {
        "training.optimizer.decay": config.optimizer.decay,
        "training.optimizer.freeze": config.optimizer.freeze,
        "training.regularise.select": config.regularise.select if config.regularise else (),
    }
    for name, selector in selectors.items():
        undecided = set(paths)
        for i, rule in enumerate(selector):
            matched = set(fnmatch.filter(paths, rule.match))
            if not matched:
                yield (
                    f"{name}[{i}]: no weight's path matches {rule.match!r}; nearest are "
                    f"{', '.join(_nearest(rule.match, paths))}. `trainer describe` lists all paths."
                )
            elif not matched & undecided:
                yield (
                    f"{name}[{i}]: the rules before it decide all that {rule.match!r} matches. "
                    "Put it before them, or take it out."
                )
            undecided -= matched


def _idle_selectors(config: TrainingConfig, by_path: Mapping[str, WeightRules]) -> Iterator[str]:
    if config.optimizer.resolved().weight_decay and not any(r.decays for r in by_path.values()):
        yield (
            "training.optimizer.decay: selects no weight that is trained, so nothing decays. "
            "Select others, or set a weight_decay of 0."
        )
    if config.regularise and not any(rules.regularised for rules in by_path.values()):
        yield (
            "training.regularise.select: selects no weight that is trained, so l2 is 0. Select "
            "others, or take training.regularise out."
        )


def _nearest(pattern: str, paths: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(pattern, paths, n=_NEAREST, cutoff=0.0)
