"""How long to wait before something that failed is tried again."""

import random

from lczero_training.config.daemon import RetryConfig

# Each wait is this share of the full one at least, so that machines that failed together,
# when their server went down, do not all come back together.
LEAST_JITTER = 0.5

# 2.0 ** _MOST_DOUBLINGS is a float still; any `longest_seconds` is reached long before.
_MOST_DOUBLINGS = 1000


def delay_seconds(config: RetryConfig, failures: int, rng: random.Random) -> float:
    """The wait after the `failures`-th failure in a row (1: the first).

    Uniform in [0.5, 1.0] x min(longest_seconds, first_seconds x 2^(failures - 1)).
    """
    if failures < 1:
        raise ValueError(f"failures: expected a number >= 1, got {failures}")
    full = config.first_seconds * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
    return min(config.longest_seconds, full) * rng.uniform(LEAST_JITTER, 1.0)
