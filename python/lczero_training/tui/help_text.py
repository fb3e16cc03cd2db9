"""What the help says: keys from the tables of the controls, and what signs and colours mean."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.keys import format_key

from lczero_training.tui import header, paint
from lczero_training.tui.controls import CONTROLS, LOG_CONTROLS, Control
from lczero_training.tui.log_lines import GLYPHS, HERE, LEVELS
from lczero_training.tui.pipeline_health import Health
from lczero_training.tui.plot_controls import PLOT_CONTROLS


@dataclass(frozen=True)
class Section:
    """A heading, and rows of a sign with its meaning."""

    title: str
    rows: tuple[tuple[Content, str], ...]


# Keys that are Textual's, or of more than one part.
_MOVING = (
    ("tab shift+tab", "To the next or previous part: the stages, then the log"),
    ("enter", "On a stage: its details"),
    ("↑ ↓ pgup pgdn", "Scroll the log, when it has the focus; home goes to its start"),
    ("end", "To the newest line, and follow it"),
    ("escape", "Close what lies on top, or end a search"),
    ("^p", "The palette: every command by name"),
    ("mouse", "Wheel scrolls; keys in the last row can be clicked; dragging selects log text"),
)


def sections() -> list[Section]:
    """All of the help, in reading order."""
    groups: dict[str, list[Control]] = {"Training": [], "Pipeline": [], "Log": []}
    for control in (*CONTROLS, *LOG_CONTROLS, *PLOT_CONTROLS):
        groups.setdefault(control.group, []).append(control)
    keys = [Section(title, tuple(map(_key_row, group))) for title, group in groups.items()]
    moving = Section("Moving about", tuple((_key(key), words) for key, words in _MOVING))
    return [*keys, moving, _states(), _queues(), _levels(), _signs()]


def _key_row(control: Control) -> tuple[Content, str]:
    # "Pause: hold training ...": the name is the one in the footer and in the palette.
    return _key(format_key(control.key)), f"{control.title}: {_small(control.help)}"


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _key(key: str) -> Content:
    return Content.styled(key, "bold $accent")


def _states() -> Section:
    meanings = {
        "STARTING": "The daemon has not told its state yet",
        "IDLE": "Nothing is trained; s starts",
        "WAITING FOR DATA": "For enough new games for the next network",
        "TRAINING": "Steps are being made",
        "EXPORTING": "A network is being written",
        "UPLOADING": "A network is on its way to the training server",
        "STOPPING": "The step is finished and a checkpoint saved",
        "ERROR": "The session ended: the log says why, s starts again",
        "PAUSED": "Held after a step; p goes on",
        "DAEMON GONE": "It died: r starts it again",
        "DAEMON ENDED": "It ended as it should",
    }
    badges = (*header.STATES.values(), header.PAUSED, header.GONE, header.ENDED)
    return Section(
        "State, at the top", tuple((each.draw(), meanings[each.words]) for each in badges)
    )


def _queues() -> Section:
    return Section(
        "Queues, between the stages",
        tuple((Content.styled(each.glyph, each.style), _sentence(each.meaning)) for each in Health),
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _levels() -> Section:
    meanings = {
        "debug": "Debug: for those who work on the daemon",
        "info": "Info: what goes on (no sign)",
        "warning": "Warning: something went wrong and was survived",
        "error": "Error: something that was asked for could not be done",
    }
    styles = {"debug": "$idle", "info": "", "warning": "bold $warning", "error": "bold $error"}
    return Section(
        "Lines of the log",
        (
            *(
                (
                    Content.styled(GLYPHS[level], styles[level]),
                    meanings[level],
                )
                for level in LEVELS
            ),
            (Content.styled(HERE, "bold"), "The line that the search stands on"),
            (Content.styled("‖", "bold $warning"), "The log is held; +12 new: lines since then"),
        ),
    )


def _signs() -> Section:
    problems = f" {header.PROBLEM_GLYPH} 3 "
    return Section(
        "Other signs",
        (
            (Content.styled(problems, "bold $waiting-text on $waiting"), "Problems so far"),
            (Content.styled("load 1.9/2", "bold $warning"), "Threads at work: this stage limits"),
            (Content.styled("⇪ 400", "$accent"), "A network exported at this step"),
            (Content.styled("⇧ ⇩", "$success"), "Uploaded; saved on the daemon's disk"),
            (Content.styled("nan", "bold $error"), "Not a number: the step was not taken"),
        ),
    )


def draw(parts: Iterable[Section], width: int) -> list[Content]:
    """The sections in one column of `width` cells."""
    rows: list[Content] = []
    for section in parts:
        if rows:
            rows.append(paint.fit(Content(""), width))
        rows.append(paint.fit(Content.styled(section.title, "bold $title"), width))
        room = min(max(sign.cell_length for sign, _ in section.rows), max(width // 2, 1))
        for sign, words in section.rows:
            rows += _entry(sign, words, room, width)
    return rows


def _entry(sign: Content, words: str, room: int, width: int) -> list[Content]:
    wrapped = Content(words).wrap(max(width - room - 4, 8))
    blank = Content(" " * (room + 4))
    gap = Content(" " * (room - sign.cell_length + 2))
    first = Content("  ") + paint.fit(sign, min(sign.cell_length, room)) + gap + wrapped[0]
    return [paint.fit(row, width) for row in (first, *(blank + more for more in wrapped[1:]))]


def balanced(parts: list[Section], width: int) -> list[Content]:
    """The sections in two columns, as even as their order allows."""
    column = (width - 3) // 2
    splits = [(draw(parts[:at], column), draw(parts[at:], column)) for at in range(1, len(parts))]
    left, right = min(splits, key=lambda split: max(len(split[0]), len(split[1])))
    height = max(len(left), len(right))
    blank = Content(" " * max(column, 0))
    left += [blank] * (height - len(left))
    right += [blank] * (height - len(right))
    return [one + Content("   ") + other for one, other in zip(left, right, strict=True)]
