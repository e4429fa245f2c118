"""Somebody at a browser, and what the browser has to complain about while they look."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from tests import plain_http
from tests.stack import WEB_KEY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Response

    from tests.acceptance.browser.looks import Look

ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_LISTEN: Final = """
window.violated = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violated.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
_JUDGE: Final = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.impact} ${one.id}: ` + one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 4).join(" | "))
"""
_OVERFLOW: Final = """(clipped) => {
  const parts = clipped ? "html" : "html, main, footer", seen = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll(parts)].filter((one) => one.scrollWidth > one.clientWidth);
  if (!over.length) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > seen
    && !one.closest(".wide > *, pre, .sr"));
  return [...over.map((one) => `${one.localName} is ${one.scrollWidth} wide, ${one.clientWidth} are seen`),
    ...wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 160))];
}"""


@dataclass
class Complaints:
    """What went wrong in a browser, in its words."""

    errors: list[str] = field(default_factory=list)
    """Of the console and of scripts, and what the content security policy refused."""
    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    """Requests to another origin than the web UI's."""


class Visitor:
    """One browser context. `page` is its first page; what any of its pages complains about is in `complaints`."""

    def __init__(self, chrome: Browser, base: str, look: Look) -> None:
        self.base, self.look, self.complaints = base, look, Complaints()
        self.context = chrome.new_context(
            base_url=base, color_scheme="dark" if look.dark else "light", java_script_enabled=look.script,
            viewport={"width": look.size[0], "height": look.size[1]}, accept_downloads=True,
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.context.add_init_script(_LISTEN)
        self.context.on("weberror", lambda one: self.complaints.errors.append(str(one.error)))
        self.context.on("console", lambda one: self._said(one.type, one.text))
        self.context.on("request", lambda one: self._asked(one.url))
        self.page = self.another_page()

    def another_page(self) -> Page:
        """A further page of the same session."""
        page = self.context.new_page()
        page.on("dialog", self._asked_back)
        session = self.context.new_cdp_session(page)
        session.on("Audits.issueAdded", self._issue)
        session.send("Audits.enable")
        return page

    def log_in(self, key: str = WEB_KEY) -> None:
        """Begin a session as the form does, without showing it."""
        headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"}
        answer = plain_http.post(f"{self.base}/login", data={"key": key, "target": "/"}, headers=headers, timeout=15)
        assert answer.status_code == 303, answer.text
        name, value = next(iter(answer.cookies.items()))
        self.context.add_cookies([{"name": name, "value": value, "url": self.base, "httpOnly": True}])

    def open(self, address: str) -> Response:
        """Go to an address of the web UI."""
        response = self.page.goto(address)
        assert response is not None
        return response

    def send(self, button: str, *, within: str = "main", page: Page | None = None) -> Response:
        """Press a button whose form leads to another page, and give what that one answered."""
        shown = page or self.page
        with shown.expect_navigation() as going:
            shown.locator(within).get_by_role("button", name=button, exact=True).first.click()
        assert going.value is not None
        return going.value

    def overflow(self, *, clipped: bool = False) -> list[str]:
        """How the document is wider than what is seen of it, and by which elements; empty if it is not.

        `clipped`: what its parts cut off is left to them.
        """
        found: list[str] = self.page.evaluate(_OVERFLOW, clipped)
        return found

    def barriers(self) -> list[str]:
        """What axe finds serious or critical. It works by timers and promises, which a page without scripts lacks."""
        assert self.look.script
        self.page.evaluate(AXE)
        found: list[str] = self.page.evaluate(_JUDGE)
        return found

    def refused(self) -> list[str]:
        """What the page's own listener heard of its policy."""
        found: Any = self.page.evaluate("() => window.violated || []")
        return [str(one) for one in found]

    def assert_content(self) -> None:
        """Nothing was complained about up to now."""
        assert self.refused() == []
        assert self.complaints == Complaints()

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.errors.append(text)

    def _asked_back(self, dialog: Dialog) -> None:
        self.complaints.dialogs.append(dialog.message)
        dialog.dismiss()

    def _issue(self, event: dict[str, Any]) -> None:
        issue = event["issue"]
        if issue["code"] == "ContentSecurityPolicyIssue":
            self.complaints.errors.append(str(issue["details"]))

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.base}/", "data:", "blob:")):
            self.complaints.elsewhere.append(url)
