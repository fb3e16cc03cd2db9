"""What is painted, counted by rows."""

from textual.app import App, ComposeResult
from textual.content import Content
from textual.strip import Strip

from lczero_training.tui.testing import text_of
from lczero_training.tui.view import View


class Rows(View[tuple[str, ...]]):
    """Draws its value, a row each; with its name as the style where it has the focus."""

    DEFAULT_CSS = "Rows { width: 10; height: 4; border: solid red; }"

    def __init__(self, *rows: str) -> None:
        super().__init__(rows)
        self.can_focus = True
        self.drawn = 0
        self.painted: list[int] = []

    def draw(self, value: tuple[str, ...], width: int, height: int) -> Content:
        self.drawn += 1
        mark = "!" if self.has_focus else ""
        return Content("\n").join([Content.styled(row + mark, "bold") for row in value])

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


class Host(App[None]):
    """One view."""

    def __init__(self, view: Rows) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view

    AUTO_FOCUS = None

    def shown(self) -> list[str]:
        """The rows within the border."""
        return [line[1:9].rstrip() for line in text_of(self).splitlines()[1:3]]


async def test_only_rows_that_differ_are_painted_and_each_value_is_drawn_once() -> None:
    app = Host(Rows("a", "b"))
    async with app.run_test() as pilot:
        assert app.shown() == ["a", "b"]
        app.view.painted.clear()
        drawn = app.view.drawn
        app.view.show(("a", "c"))
        await pilot.pause()
        assert app.shown() == ["a", "c"]
        assert (app.view.painted, app.view.drawn) == ([1], drawn + 1)
        app.view.show(("a", "c"))
        await pilot.pause()
        assert (app.view.painted, app.view.drawn) == ([1], drawn + 1)


async def test_fewer_more_and_folded_rows_are_drawn() -> None:
    app = Host(Rows("a", "b"))
    async with app.run_test() as pilot:
        for rows, shown in (
            (("c",), ["c", ""]),
            (("d", "e"), ["d", "e"]),
            (("f" * 10,), ["f" * 8, "ff"]),
            (("g", "h"), ["g", "h"]),
            ((), ["", ""]),
            (("i", "j"), ["i", "j"]),
        ):
            app.view.show(rows)
            await pilot.pause()
            assert app.shown() == shown


async def test_another_size_and_focus_draw_anew() -> None:
    app = Host(Rows("a", "b"))
    async with app.run_test() as pilot:
        app.view.focus()
        await pilot.pause()
        assert app.shown() == ["a!", "b!"]
        app.view.styles.width = 3
        await pilot.pause()
        app.view.show(("c", "d"))
        app.view.styles.width = 10
        await pilot.pause()
        assert app.shown() == ["c!", "d!"]


async def test_value_shown_before_it_is_mounted_is_drawn() -> None:
    view = Rows("a", "b")
    view.show(("c", "d"))
    app = Host(view)
    async with app.run_test():
        assert app.shown() == ["c", "d"]
