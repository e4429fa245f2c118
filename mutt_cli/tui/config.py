"""Screen 7: settings, where each comes from, and whether the daemons run with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.ops import dynamic
from mutt_cli.present.settings import setting_document, settings_listing
from mutt_cli.settings.naming import declaration_named
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Document, Listing
    from mutt_cli.tui.source import Source


class ConfigPage(ListingPage):
    """All settings."""

    name, title = "config", "Config"
    every_s = 5.0
    columns = ("key", "value", "source", "in_effect", "meaning")

    def fetch(self, source: Source) -> Listing:
        """The settings of now; without Redis those of files and environment."""
        seen, warnings = dynamic.view_if_any(source.backends(), source.configuration)
        return settings_listing(source.configuration, seen, warnings)

    def open(self) -> Page | None:
        """The setting."""
        return SettingPage(self.path, str(self.row["key"])) if self.row else None


class SettingPage(TextPage):
    """One setting: its value, its layers, and what each daemon runs with."""

    def __init__(self, path: str, key: str) -> None:
        super().__init__(f"{path} / {key}", copied=key)
        self._key = key

    def fetch(self, source: Source) -> Document:
        """The setting as `mutt config get` has it."""
        seen, warnings = dynamic.view_if_any(source.backends(), source.configuration)
        found = setting_document(source.configuration, declaration_named(self._key), seen, warnings)
        return type(found)(found.kind, found.fields, warnings=found.warnings, name=found.name)
