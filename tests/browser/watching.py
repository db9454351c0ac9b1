"""What no page may do: log an error, break its own security policy, open a dialog, or reach for another host."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`security policy: ${event.violatedDirective} refused ${event.blockedURI}`));
"""
FAILED_REQUESTS = ("responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED", "htmx:sendError")
# What htmx logs of a request that was on its way when its page was left.
LEFT_BEHIND = ("htmx:afterRequest", "htmx:sendAbort")
WAIT_FOR_HTMX = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"


class Watch:
    """Gathers what the pages of a browser context do wrong."""

    def __init__(self, context: BrowserContext, *, address: str) -> None:
        self.faults: list[str] = []
        self._host = urlsplit(address).netloc
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("dialog", self._note_dialog)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))

    def forget_failed_requests(self) -> None:
        """Forget that requests were refused or did not arrive, where a test is about just that."""
        self.faults = [fault for fault in self.faults if not any(words in fault for words in FAILED_REQUESTS)]

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.netloc != self._host:
            self.faults.append(f"left the host: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(LEFT_BEHIND):
            place = message.page.url if message.page else "no page"
            self.faults.append(f"console on {place}: {message.text} {message.location.get('url', '')}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def wait_for_htmx(page: Page) -> None:
    """Wait until no fragment is on its way or being put in place."""
    page.wait_for_load_state("load")
    page.wait_for_function(WAIT_FOR_HTMX)
