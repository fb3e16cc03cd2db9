"""Numbers as people read them. Pure functions; NaN and infinity are shown as such."""

import math

# An en dash.
UNKNOWN = "\u2013"
_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def count(number: float) -> str:
    """`850`, `9999`, `12.3k`, `1.2M`: exact below ten thousand, then three digits."""
    if not math.isfinite(number):
        return str(number)
    if abs(number) < 10_000:
        return f"{number:.0f}"
    return _scaled(number)


def rate(per_second: float) -> str:
    """`12.3k/s`, `160/s`, `0.8/s`."""
    if not math.isfinite(per_second):
        return f"{per_second}/s"
    if abs(per_second) >= 1000:
        return f"{_scaled(per_second)}/s"
    if per_second == 0 or abs(per_second) >= 100:
        return f"{per_second:.0f}/s"
    return f"{per_second:.1f}/s" if abs(per_second) >= 0.05 else f"{per_second:.2f}/s"


def _scaled(number: float) -> str:
    # 999,950 would round to "1000.0k", so each unit takes over a little early.
    for unit, letter in _SI:
        if abs(number) >= unit * 0.99995:
            value = number / unit
            return f"{value:.1f}{letter}" if abs(value) < 99.95 else f"{value:.0f}{letter}"
    return f"{number:.0f}"


def size(byte_count: float) -> str:
    """`512 B`, `1.2 MB` (decimal units)."""
    if not math.isfinite(byte_count):
        return f"{byte_count} B"
    scaled = _scaled(byte_count)
    return f"{scaled[:-1]} {scaled[-1]}B" if scaled[-1].isalpha() else f"{scaled} B"


def duration(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`, `3d 04:05`; a dash when it is not known."""
    if not math.isfinite(seconds) or seconds < 0:
        return UNKNOWN
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour:02}:{minute:02}"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def percent(part: float, whole: float) -> str:
    """`25 %`, `4.7 %`; small shares keep two significant digits; a dash of nothing."""
    if not whole or not math.isfinite(part) or not math.isfinite(whole):
        return UNKNOWN
    share = 100 * part / whole
    if share == 0 or share >= 10:
        return f"{share:.0f} %"
    if 0 < share < 1e-4:
        return "<0.0001 %"
    return f"{share:.1f} %" if share >= 0.1 else f"{share:.2g} %"


def value(number: float, digits: int = 5) -> str:
    """A metric in at most seven characters: `1.9234`, `12.345`, `2.0e-05`, `nan`."""
    if not math.isfinite(number):
        return str(number)
    magnitude = abs(number)
    if magnitude and (magnitude < 1e-3 or magnitude >= 1e5):
        return f"{number:.1e}"
    whole_digits = len(str(int(magnitude)))
    return f"{number:.{max(0, digits - whole_digits)}f}"


def grouped(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def is_finite(number: float) -> bool:
    """Neither NaN nor infinite."""
    return math.isfinite(number)
