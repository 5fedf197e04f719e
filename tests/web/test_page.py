#!/usr/bin/env python3
"""The web app in a real browser: log in, watch calls, hang up, find records, in three languages."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from calls import NUMBER, SCRIPTS  # noqa: E402
from checks import expect, run_checks  # noqa: E402
from page import language_choose, log_in, page  # noqa: E402
from tandem import wait_until  # noqa: E402

HOSTILE = "<b><i>x</i></b>"  # all of it may stand in a Call-ID
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><b>x</b>"
RUNGS = """[...document.querySelectorAll('.rung')].map((rung) =>
    [rung.closest('td').cellIndex, rung.dataset.way, rung.textContent])"""


@page
def logged_in(web, _line, browser):
    """A wrong password is said; the right one opens the page; log-out closes it"""
    browser.type("#password", "wrong")
    browser.key("Enter")
    browser.wait("document.querySelector('.problem').textContent.includes('not the password')")
    browser.run("document.querySelector('#password').value = ''")
    log_in(web, browser)
    browser.run("[...document.querySelectorAll('header button')].at(-1).click()")
    browser.wait("document.querySelector('#password')")
    expect(browser.run("fetch('/api/v1/status').then((answer) => answer.status)") == 401, "still logged in")


@page
def call_watched(web, line, browser):
    """A call appears while it is up, is hung up by keyboard alone, and leaves its record"""
    log_in(web, browser)
    line.callee()
    line.caller(1, talk_ms=60000)
    browser.wait(f"document.querySelector('tbody').innerText.includes('{NUMBER}')")
    browser.run("document.querySelector('tbody button').focus()")
    browser.key("Enter")
    browser.wait("document.querySelector('dialog[open]')")
    browser.key("Escape")
    browser.wait("!document.querySelector('dialog')")
    expect(web.login().status == 204 and web.get("/api/v1/calls").json()["total"] == 1, "Escape hung up")
    browser.run("document.querySelector('tbody button').focus()")
    browser.key("Enter")
    browser.wait("document.querySelector('dialog[open]')")
    browser.key("Tab")
    browser.key("Enter")
    browser.wait("!document.querySelector('tbody tr')")
    wait_until(lambda: web.get("/api/v1/cdrs").json()["cdrs"], 10, "the CDR")
    browser.run("location.hash = '#cdrs'")
    browser.wait("document.querySelectorAll('tbody tr').length === 1")
    browser.click("tbody a.record")
    browser.wait("document.querySelector('dl')?.innerText.includes('operator')")
    browser.run("history.back()")
    browser.wait("document.querySelector('#callee')")
    browser.type("#callee", "1")
    browser.key("Enter")
    browser.wait("document.querySelector('.empty').checkVisibility()")


@page
def text_is_text(web, line, browser):
    """What a caller says of itself is shown as it is and becomes no part of the page"""
    line.callee()
    line.caller(1, talk_ms=50, options=["-cid_str", HOSTILE + "%u-%p@%s"]).wait(20)
    log_in(web, browser)
    browser.run("location.hash = '#cdrs'")
    browser.wait("document.querySelector('tbody a.record')")
    browser.click("tbody a.record")
    browser.wait(f"document.querySelector('dl')?.innerText.includes('{HOSTILE}')")
    expect(browser.run("document.querySelectorAll('b, i').length") == 0, "it became an element")


@page
def ladder(web, line, browser):
    """A call's messages are a ladder, while it is up and after; hostile ones are shown whole, and as text"""
    line.callee()
    line.caller(1, talk_ms=2000, scenario=hostile_caller(line.folder))
    log_in(web, browser)
    browser.wait("document.querySelector('tbody a.button')")
    browser.run("document.querySelector('tbody a.button').click()")
    browser.wait("document.querySelectorAll('.rung').length >= 9")
    browser.wait("document.querySelectorAll('.rung').length >= 13")  # the BYEs
    rungs = browser.run(RUNGS)
    expect(rungs[0] == [1, "right", "aINVITE (PCMA)"] and rungs[1] == [1, "left", "a100 Trying"], str(rungs))
    expect([2, "right", "b1INVITE (PCMA)"] in rungs and [2, "left", "b1200 OK (PCMA)"] in rungs, str(rungs))
    browser.screenshot(line.folder / "ladder.png")
    browser.run("document.querySelector('.rung').focus()")
    browser.key("Enter")
    browser.wait("document.querySelector('dialog[open] pre')")
    shown = browser.run("document.querySelector('dialog pre').textContent")
    expect(shown.startswith("INVITE sip:") and MARKUP in shown and "passw0rd" not in shown, shown)
    expect(browser.run("document.querySelectorAll('b, i, img[onerror], script:not([src])').length") == 0, "it became an element")
    browser.key("Escape")
    browser.look(width=360, height=740, dark=True)
    expect(browser.run("document.documentElement.scrollWidth <= 360"), "wider than a telephone")
    browser.screenshot(line.folder / "ladder-narrow.png")
    browser.run("location.hash = '#call/nobody'")
    browser.wait("document.querySelector('.empty').checkVisibility() && document.querySelector('.empty').textContent.includes('any more')")
    browser.run("location.hash = '#call/%'")
    browser.wait("document.querySelector('.empty').checkVisibility()")


def hostile_caller(folder):
    """A caller whose INVITE holds markup wherever it may, and a password."""
    part = (ROOT / "tests/scenario/parts/INVITE.xml").read_text()
    part = part.replace("{lines}", "").replace("CSeq:", f"Subject: {MARKUP}\nCall-Info: <sip:alice:passw0rd@h>\nCSeq:", 1)
    path = folder / "hostile-caller.xml"
    path.write_text(re.sub(r"@INVITE@", lambda _: part, (SCRIPTS / "caller.xml").read_text()))
    return str(path)


@page
def trunk_fields(web, line, browser):
    """A trunk's page shows every field that is provisioned, and no password"""
    line.tandem.apply({"trunks": [{"name": "ims-a", "auth_user": "alice", "auth_password": "passw0rd", "auth_realm": MARKUP}]})
    log_in(web, browser)
    browser.run("location.hash = '#trunks'")
    browser.wait("document.querySelectorAll('tbody button').length === 4")
    browser.run("[...document.querySelectorAll('tbody tr')].find((row) => row.textContent.includes('ims-a')).querySelector('button').click()")
    browser.wait("document.querySelector('dialog[open] dl')")
    shown = browser.run("document.querySelector('dialog dl').innerText")
    for field in ("auth_user", "auth_realm", "prack_out", "redirect", "tls_verify", "timeout_s"):
        expect(field in shown, f"{field} is missing: {shown}")
    expect("alice" in shown and MARKUP in shown and "passw0rd" not in shown, shown)
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")


@page
def languages(web, _line, browser):
    """Every word is there in three languages, and the choice is kept"""
    log_in(web, browser)
    for tag, word in (("zh", "当前通话"), ("ko", "현재 통화"), ("en", "Calls up now")):
        language_choose(browser, tag)
        browser.wait(f"document.body.innerText.includes('{word}') && document.documentElement.lang === '{tag}'")
        for view in ("cdrs", "accounts", "rates", "reports", "trunks", "webhooks", "live"):
            browser.run(f"location.hash = '#{view}'")
            browser.wait(f"document.querySelector('a[aria-current]').dataset.view === '{view}'")
    language_choose(browser, "ko")
    browser.wait("document.documentElement.lang === 'ko'")
    browser.command("Page.reload")
    browser.wait("document.body.innerText.includes('현재 통화')")


@page
def narrow(web, line, browser):
    """On a telephone nothing is wider than the screen"""
    line.callee()
    line.caller(3, talk_ms=50).wait(20)
    browser.look(width=360, height=740, dark=True)
    log_in(web, browser)
    for view in ("live", "cdrs", "accounts", "rates", "reports", "trunks", "webhooks"):
        browser.run(f"location.hash = '#{view}'")
        browser.wait(f"document.querySelector('a[aria-current]').dataset.view === '{view}'")
        browser.wait("document.querySelector('tbody tr, .empty')")
        expect(browser.run("document.documentElement.scrollWidth <= 360"), f"{view} is wider")


@page
def b2bua_gone(web, line, browser):
    """When the B2BUA dies the page says so, and goes on by itself when it is back"""
    log_in(web, browser)
    line.tandem.b2bua.kill()
    browser.wait("document.querySelector('.banner')?.checkVisibility()")
    browser.wait("document.querySelector('.tile .value').dataset.mood === 'bad'")
    line.tandem.b2bua.start()
    browser.wait("!document.querySelector('.banner').checkVisibility()")
    browser.wait("document.querySelector('.tile .value').dataset.mood === 'good'")


CHECKS = [logged_in, call_watched, text_is_text, ladder, trunk_fields, languages, narrow, b2bua_gone]

if __name__ == "__main__":
    sys.exit(run_checks("page", CHECKS, sys.argv[1:]))
