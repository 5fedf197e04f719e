"""Checks of the web app: the daemons, a caller and a callee, and a browser that has opened the page."""
from browser import Browser, BrowserError, browser_path
from calls import Line
from checks import Skip, expect
from tandem import Tandem, TandemError
from web import WebUi

NAMELESS = """[...document.querySelectorAll('button, input, select, a, table')].filter((node) =>
    !(node.ariaLabel || node.labels?.length || node.textContent.trim())).map((node) => node.outerHTML)"""


def page(check):
    """A check with the daemons, a caller and a callee, and a browser that has opened the page."""
    def run(folder):
        if not browser_path():
            raise Skip("there is no chromium")
        with Tandem(folder) as tandem, WebUi(tandem) as web, Browser(folder / "profile") as browser:
            line = Line(tandem)
            line.provision()
            try:
                browser.look()
                browser.open(f"http://{web.host}:{web.port}/")
                browser.wait("document.querySelector('#password')")
                check(web, line, browser)
                expect(not browser.complaints, f"the page complains: {browser.complaints}")
                expect(not browser.run(NAMELESS), f"without a name: {browser.run(NAMELESS)}")
            except BrowserError as error:
                browser.screenshot(folder / "failed.png")
                raise TandemError(str(error)) from error
            finally:
                line.end()
    run.__doc__, run.__name__ = check.__doc__, check.__name__
    return run


def log_in(web, browser):
    browser.type("#password", web.password())
    browser.key("Enter")
    browser.wait("document.querySelector('.tile .value')?.dataset.mood === 'good'")


def language_choose(browser, tag):
    browser.run(f"""(() => {{ const select = document.querySelector('.language'); select.value = '{tag}';
                    select.dispatchEvent(new Event('change')); }})()""")
