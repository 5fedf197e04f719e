#!/usr/bin/env python3
"""What is provisioned, edited in a real browser: trunks and routes are made, changed, disabled and removed by forms."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from page import language_choose, log_in, page  # noqa: E402

MARKUP = "<img src=x onerror=alert(1)><b>x</b>"
WIDE = "document.documentElement.scrollWidth > innerWidth"
CUT = """[...document.querySelectorAll('dialog.edit, dialog.edit *')].filter((node) => node.scrollWidth > node.clientWidth + 1 &&
    !['INPUT', 'SELECT', 'TEXTAREA', 'CODE'].includes(node.tagName) && node.clientWidth).map((node) => node.outerHTML.slice(0, 120))"""


def provisioned(line, plural, name):
    key = "prefix" if plural == "routes" else "name"
    objects = line.tandem.ctl_json("export")[plural]
    return next((one for one in objects if one[key] == name), None)


def view_open(browser, view):
    browser.run(f"location.hash = '#{view}'")
    browser.wait(f"document.querySelector('nav a[data-view={view}]').ariaCurrent === 'page' && document.querySelector('tbody tr')")


def dialog_open(browser, label):
    """Click the button with this label, as soon as it is there, and wait for the form."""
    browser.wait(f"""(found => found && (found.click(), true))([...document.querySelectorAll('button')].find((button) =>
        button.ariaLabel === {label!r} || button.textContent === {label!r}))""")
    browser.wait("document.querySelector('dialog.edit[open]')")


def enter(browser, field, value):
    """As if it was typed: the event is what the form hears."""
    browser.run(f"""(() => {{ const input = document.querySelector('#field-{field}');
        if (input.type === 'checkbox') input.checked = {str(value is True).lower()}; else input.value = {str(value)!r};
        input.dispatchEvent(new Event('input', {{bubbles: true}})); }})()""")


def go_on(browser):
    browser.click("dialog.edit .buttons button.primary")


def previewed(browser, text):
    browser.wait(f"document.querySelector('dialog.edit .changes').textContent.includes({text!r})")


def applied(browser):
    go_on(browser)
    browser.wait("!document.querySelector('dialog')")


@page
def trunk_made(web, line, browser):
    """A trunk is made, changed, disabled and removed; the difference is shown before it is applied"""
    log_in(web, browser)
    view_open(browser, "trunks")
    dialog_open(browser, "New trunk")
    go_on(browser)
    browser.wait("document.querySelector('#field-name').ariaInvalid === 'true'")
    for field, value in (("name", MARKUP), ("interface", "access"), ("match", "192.0.2.1\n198.51.100.0/24"), ("max_calls", "3")):
        enter(browser, field, value)
    go_on(browser)
    previewed(browser, "created")
    expect(provisioned(line, "trunks", MARKUP) is None, "the preview made it")
    applied(browser)
    made = provisioned(line, "trunks", MARKUP)
    expect(made["match"] == ["192.0.2.1", "198.51.100.0/24"] and made["max_calls"] == 3 and made["enabled"], str(made))
    browser.wait(f"[...document.querySelectorAll('tbody .name, tbody td')].some((cell) => cell.textContent === {MARKUP!r})")

    dialog_open(browser, f"Edit: {MARKUP}")
    expect(browser.run("document.querySelector('#field-name').disabled"), "its name can be changed")
    enter(browser, "enabled", False)
    enter(browser, "max_calls", "4")
    go_on(browser)
    previewed(browser, "max_calls 3 -> 4")
    enter(browser, "max_calls", "5")
    browser.wait("!document.querySelector('dialog.edit .changes').textContent")
    go_on(browser)
    previewed(browser, "max_calls 3 -> 5")
    applied(browser)
    made = provisioned(line, "trunks", MARKUP)
    expect(made["max_calls"] == 5 and made["enabled"] is False, str(made))

    dialog_open(browser, f"Edit: {MARKUP}")
    browser.click("dialog.edit button.danger")
    previewed(browser, "removed")
    browser.key("Escape")
    browser.wait("!document.querySelector('dialog')")
    expect(provisioned(line, "trunks", MARKUP) is not None, "it was removed though nobody applied it")
    dialog_open(browser, f"Edit: {MARKUP}")
    browser.click("dialog.edit button.danger")
    previewed(browser, "removed")
    applied(browser)
    expect(provisioned(line, "trunks", MARKUP) is None, "it is still there")
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")


@page
def mistakes(web, line, browser):
    """What the server refuses stands beside its field, in the page's language; nothing is applied"""
    log_in(web, browser)
    view_open(browser, "trunks")
    for tag, edit, texts in (("en", "Edit", ("is out of range", "did you mean")), ("zh", "编辑", ("超出范围", "是否指")),
                             ("ko", "편집", ("범위를 벗어났습니다", "입니까"))):
        language_choose(browser, tag)
        browser.wait(f"document.documentElement.lang === '{tag}' && document.querySelector('tbody td')")
        dialog_open(browser, f"{edit}: ims-a")
        for (field, value), text in zip((("timeout_s", "77"), ("interface", "acces")), texts):
            before = browser.run(f"document.querySelector('#field-{field}').value")
            enter(browser, field, value)
            go_on(browser)
            browser.wait(f"document.querySelector('#field-{field}').closest('.entry').querySelector('.problem').textContent.includes({text!r})")
            expect(browser.run(f"document.activeElement.id === 'field-{field}' && document.activeElement.checkVisibility()"), "not shown")
            enter(browser, field, before)
        browser.key("Escape")
        browser.wait("!document.querySelector('dialog')")
    expect(provisioned(line, "trunks", "ims-a")["timeout_s"] == 4, "a mistake was applied")
    language_choose(browser, "en")
    browser.wait("document.documentElement.lang === 'en' && document.querySelector('tbody td')")
    dialog_open(browser, "Edit: ims-a")
    browser.click("dialog.edit button.danger")
    browser.wait("document.querySelector('dialog.edit > form > .problem').textContent.includes('routes')")
    expect(provisioned(line, "trunks", "ims-a") is not None, "a trunk that a route needs was removed")


@page
def passwords(web, line, browser):
    """A password goes in and never comes out; left empty it stays"""
    log_in(web, browser)
    view_open(browser, "trunks")
    dialog_open(browser, "Edit: ims-a")
    enter(browser, "auth_user", "alice")
    enter(browser, "auth_password", "passw0rd")
    go_on(browser)
    previewed(browser, "auth_password changed")
    expect("passw0rd" not in browser.run("document.querySelector('dialog').innerText"), "the password is shown")
    applied(browser)
    dialog_open(browser, "Edit: ims-a")
    expect(browser.run("document.querySelector('#field-auth_password').value") == "", "the password came out")
    enter(browser, "auth_user", "bob")
    go_on(browser)
    previewed(browser, "auth_user")
    expect("password" not in browser.run("document.querySelector('dialog .changes').textContent"), "the password changes")
    applied(browser)
    rows = line.tandem.sql("SELECT auth_user, auth_password FROM trunk WHERE name = 'ims-a'")
    expect(rows == [{"auth_user": "bob", "auth_password": "passw0rd"}], str(rows))


@page
def routes(web, line, browser):
    """Routes are listed, made, changed and removed, also the one for every number"""
    log_in(web, browser)
    view_open(browser, "routes")
    dialog_open(browser, "New route")
    enter(browser, "prefix", "49")
    enter(browser, "trunks", "ims-b")
    go_on(browser)
    browser.wait("document.querySelector('.entry[data-type=names] .problem').textContent.includes('ims-b')")
    enter(browser, "trunks", "ims-a")
    go_on(browser)
    previewed(browser, "created")
    applied(browser)
    expect(provisioned(line, "routes", "49")["trunks"] == ["ims-a"], "not made")
    dialog_open(browser, "New route")
    enter(browser, "prefix", "49")
    go_on(browser)
    browser.wait("document.querySelector('#field-prefix').ariaInvalid === 'true'")
    browser.key("Escape")
    browser.wait("!document.querySelector('dialog')")
    browser.type("#begins", "49")
    browser.key("Enter")
    browser.wait("document.querySelectorAll('tbody tr').length === 1")
    dialog_open(browser, "Edit: 49")
    browser.click("dialog.edit button.danger")
    previewed(browser, "removed")
    applied(browser)
    expect(provisioned(line, "routes", "49") is None, "not removed")


@page
def looks(web, line, browser):
    """Forms fit wide and narrow screens in three languages"""
    log_in(web, browser)
    for width, dark in ((1280, False), (360, True)):
        browser.look(width=width, height=800, dark=dark)
        for tag, edit in (("en", "Edit"), ("zh", "编辑"), ("ko", "편집")):
            language_choose(browser, tag)
            browser.wait(f"document.documentElement.lang === '{tag}'")
            for view in ("routes", "trunks"):
                view_open(browser, view)
                expect(not browser.run(WIDE), f"{view} {tag} is wider than {width}")
                browser.screenshot(line.folder / f"{view}-{width}-{tag}.png")
            dialog_open(browser, f"{edit}: ims-a")
            browser.run("document.querySelector('dialog details').open = true")
            expect(not browser.run(CUT), f"form {tag} at {width}: {browser.run(CUT)}")
            browser.screenshot(line.folder / f"form-{width}-{tag}.png")
            browser.run("document.querySelector('dialog.edit').scrollTop = 700")
            browser.screenshot(line.folder / f"form-more-{width}-{tag}.png")
            browser.key("Escape")
            browser.wait("!document.querySelector('dialog')")


CHECKS = [trunk_made, mistakes, passwords, routes, looks]

if __name__ == "__main__":
    sys.exit(run_checks("web-page-edit", CHECKS, sys.argv[1:]))
