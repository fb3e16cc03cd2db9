"""Whose details are open, and why: asked for by key or click, or only under the mouse."""


class DetailsChoice:
    """What was asked for stays open and follows the focus; hovering never undoes it."""

    def __init__(self) -> None:
        self.name: str | None = None
        self._stays = False

    def toggle(self, name: str) -> None:
        """By enter or a click: opens, keeps what the mouse had opened, or closes."""
        if self._stays and self.name == name:
            self.close()
        else:
            self.name, self._stays = name, True

    def focus(self, name: str | None) -> None:
        """The focus is on this stage now; None: elsewhere."""
        if not self._stays:
            return
        if name is None:
            self.close()
        else:
            self.name = name

    def hover(self, name: str | None) -> None:
        """The mouse rests on this stage; None: on anything else but the details."""
        if not self._stays:
            self.name = name

    def close(self) -> None:
        """Nothing is open."""
        self.name, self._stays = None, False
