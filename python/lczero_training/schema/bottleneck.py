"""Where a training loop's time went, in words."""

from lczero_training.schema.messages import TimeShares


def bottleneck_text(shares: TimeShares, *, digits: int = 0) -> str:
    """The largest share first: "bottleneck device 97% (host 2%, loader 1%)"."""
    named = {"device": shares.device, "host": shares.host, "loader": shares.loader}
    ordered = sorted(named.items(), key=lambda each: -each[1])
    first, *others = (f"{name} {share:.{digits}%}" for name, share in ordered)
    return f"bottleneck {first} ({', '.join(others)})"
