"""The panel: everything known on a date, joined as of that date, with nothing from later."""

from screen.panel.build import PanelResult, build_panel

__all__ = ["PanelResult", "build_panel"]
