#!/usr/bin/env python3
"""Money in the web app, in a real browser: accounts, their ledger, a top-up that is booked once."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from checks import expect, run_checks  # noqa: E402
from page import language_choose, log_in, page  # noqa: E402
from tandem import wait_until  # noqa: E402

MARKUP = "<img src=x onerror=alert(1)><b>x</b>"
CUT = "[...document.querySelectorAll('.table, .tile')].filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)"
MONEY = {"accounts": [{"name": "acme", "kind": "prepaid", "currency": "CNY", "tariff": "retail"},
                      {"name": MARKUP, "currency": "KRW"}],
         "trunks": [{"name": "ims-a", "cost_tariff": "wholesale"}],
         "tariffs": [{"name": "retail", "currency": "CNY", "zone": "Asia/Shanghai",
                      "rates": [{"prefix": "86", "per_minute": "0.30", "connect_fee": "0.05", "first": 60, "next": 60}]},
                     {"name": "wholesale", "currency": "CNY", "rates": [{"prefix": "86", "per_minute": "0.10", "first": 1, "next": 1}]}]}


def provision(tandem):
    tandem.apply(MONEY)
    tandem.ctl("account", "topup", "acme", "12345678.90", "--key", "opening")
    tandem.ctl("account", "adjust", MARKUP, "-0.000000001", "--key", "owes")


def open_account(browser, name):
    browser.run("location.hash = '#accounts'")
    browser.wait("document.querySelectorAll('tbody a.link').length === 2")
    browser.run(f"[...document.querySelectorAll('tbody a.link')].find((link) => link.textContent === {name!r}).click()")
    browser.wait("document.querySelector('[data-move=topup]:enabled')")


def tile(browser, index):
    return browser.run(f"document.querySelectorAll('.tile .value')[{index}].textContent")


def shots(browser, folder, name):
    """What it looks like: wide and narrow, three languages, light and dark."""
    for width, dark in ((1280, False), (360, True)):
        browser.look(width=width, height=800, dark=dark)
        for tag in ("en", "zh", "ko"):
            language_choose(browser, tag)
            browser.wait(f"document.documentElement.lang === '{tag}' && document.querySelector('tbody td')")
            wide = browser.run("document.documentElement.scrollWidth")
            expect(wide <= width, f"{name} {tag} is {wide} wide, not {width}")
            cut = browser.run(CUT)
            expect(not cut, f"{name} {tag}: {cut} cut off at {width}")
            browser.screenshot(folder / f"{name}-{width}-{tag}.png")
    browser.look()
    language_choose(browser, "en")
    browser.wait("document.documentElement.lang === 'en'")


@page
def accounts(web, line, browser):
    """Accounts show what they have to the last digit; names are text"""
    provision(line.tandem)
    log_in(web, browser)
    browser.run("location.hash = '#accounts'")
    browser.wait("document.querySelectorAll('tbody tr').length === 2")
    shown = browser.run("document.querySelector('tbody').innerText")
    for text in ("12,345,678.90", "−0.000000001", MARKUP):
        expect(text in shown, f"{text} is missing: {shown}")
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")
    shots(browser, line.folder, "accounts")
    browser.run("location.hash = '#live'")
    browser.run("location.hash = '#accounts'")
    browser.wait("document.querySelector('#begins')")
    browser.type("#begins", "zzz")
    browser.key("Enter")
    browser.wait("document.querySelector('.empty').checkVisibility()")


@page
def topped_up(web, line, browser):
    """A top-up is confirmed, sent once however often it is clicked, and shown at once; all by keyboard"""
    provision(line.tandem)
    log_in(web, browser)
    open_account(browser, "acme")
    browser.run("document.querySelector('[data-move=topup]').focus()")
    browser.key("Enter")
    browser.wait("document.activeElement.id === 'amount'")
    for wrong in ("1e9", "-5", "0", "0.0000000001", "1,5", ""):
        browser.run("document.querySelector('#amount').value = ''")
        if wrong:
            browser.type("#amount", wrong)
        browser.key("Enter")
        browser.wait("document.querySelector('dialog .problem').textContent !== ''")
    browser.run("document.querySelector('#amount').value = ''")
    browser.type("#amount", "9007199.254740993")
    browser.type("#note", MARKUP)
    browser.key("Enter")
    browser.wait("document.querySelector('dialog .sum').textContent.includes('21,352,878.154740993 CNY')")
    browser.screenshot(line.folder / "payment.png")
    browser.run("for (let i = 0; i < 5; i++) document.querySelector('dialog .primary').click()")
    browser.wait("document.querySelector('dialog .sum').textContent.startsWith('Booked.')")
    browser.key("Enter")
    browser.wait("!document.querySelector('dialog')")
    browser.wait("document.querySelectorAll('.tile .value')[0].textContent === '21,352,878.154740993'")
    browser.wait("document.querySelectorAll('section table')[0].querySelectorAll('tbody tr').length === 2")
    rows = line.tandem.sql("SELECT count(*) AS n FROM ledger WHERE kind = 'topup' AND note LIKE '%onerror%'")
    expect(rows[0]["n"] == 1, f"booked {rows}")
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")
    line.tandem.ctl("account", "adjust", "acme", "-21352878.154740994", "--key", "empty")
    browser.wait("document.querySelectorAll('.tile .value')[0].dataset.mood === 'bad'")
    expect(tile(browser, 0) == "−0.000000001", tile(browser, 0))


@page
def watched(web, line, browser):
    """An account's page shows its calls while they talk, and what they cost when they are over"""
    provision(line.tandem)
    log_in(web, browser)
    line.callee()
    line.caller(1, talk_ms=3000)
    open_account(browser, "acme")
    browser.wait("[...document.querySelectorAll('table')][1].querySelectorAll('tbody tr').length === 1")
    shots(browser, line.folder, "account")
    browser.wait("document.querySelector('tbody').innerText.includes('−0.35')")
    browser.wait("document.querySelectorAll('.tile .value')[0].textContent === '12,345,678.55'")
    wait_until(lambda: web.login().status == 204, 5, "login")
    web.change("POST", "/api/v1/logout")


@page
def priced(web, line, browser):
    """A number, a tariff and a duration give the price and its reasons; what is wrong is said"""
    provision(line.tandem)
    log_in(web, browser)
    browser.run("location.hash = '#rates'")
    browser.wait("document.querySelectorAll('tbody tr').length === 2")
    browser.run("document.querySelector('tbody button').click()")
    browser.wait("document.activeElement.id === 'number' && document.querySelector('#name').value === 'retail'")
    browser.type("#number", "+86 138-0013")
    browser.run("document.querySelector('#duration').value = '61'")
    browser.key("Enter")
    browser.wait("document.querySelector('.result .value').textContent === '0.65 CNY'")
    expect("longest prefix" in browser.run("document.querySelector('.why').innerText"), "no reasons")
    browser.screenshot(line.folder / "priced.png")
    browser.look(width=360, height=800, dark=True)
    browser.screenshot(line.folder / "priced-360.png")
    expect(browser.run("document.documentElement.scrollWidth <= 360"), "wider than a telephone")
    browser.look()
    browser.run("document.querySelector('#name').value = ''")
    browser.type("#name", MARKUP)
    browser.key("Enter")
    browser.wait("document.querySelector('.problem').textContent.includes('<img')")
    expect(not browser.run("document.querySelector('.result').checkVisibility()"), "the old price stays")
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")
    shots(browser, line.folder, "rates")


@page
def priced_elsewhere(web, line, browser):
    """Every line of a price's reasons, and what is wrong with a question, are in the page's language"""
    provision(line.tandem)
    log_in(web, browser)
    browser.run("location.hash = '#rates'")
    browser.wait("document.querySelectorAll('tbody tr').length === 2")
    for tag, rates, error in (("zh", "费率", "没有此费率表"), ("ko", "요율", "해당 요금표가 없습니다")):
        language_choose(browser, tag)
        browser.wait(f"document.querySelector('nav a[data-view=rates]')?.textContent === '{rates}' && "
                     "document.querySelectorAll('tbody tr').length === 2")
        browser.type("#number", "861380013")
        browser.type("#name", "retail")
        browser.key("Enter")
        browser.wait("document.querySelector('.result').checkVisibility() && document.querySelectorAll('.why li').length >= 4")
        english = browser.run("[...document.querySelectorAll('.why li')].map((line) => line.textContent).filter((line) => /[a-z]{3} [a-z]{2}/.test(line))")
        expect(not english, f"{tag}: {english}")
        browser.run("document.querySelector('#name').value = ''")
        browser.type("#name", "nobody")
        browser.key("Enter")
        browser.wait(f"document.querySelector('.problem').textContent === {error!r}")


@page
def record(web, line, browser):
    """A record says what the call cost and why; a correction is booked once and shown beside the price"""
    provision(line.tandem)
    line.callee()
    line.caller(1, talk_ms=50).wait(20)
    log_in(web, browser)
    wait_until(lambda: line.tandem.sql("SELECT 1 FROM cdr"), 10, "the CDR")
    browser.run("location.hash = '#cdrs'")
    browser.wait("document.querySelector('tbody a.record')")
    shown = browser.run("document.querySelector('tbody tr').innerText")
    for text in ("0.35 CNY", "0.001666667", "0.348333333"):
        expect(text in shown, f"{text} is missing: {shown}")
    shots(browser, line.folder, "cdrs")
    browser.click("tbody a.record")
    browser.wait("document.querySelector('[data-move=correct]')")
    why = browser.run("document.querySelector('.why').innerText")
    for text in ("prefix “86”", "Trunk ims-a: 200", "tariff retail", "0.30 a minute, charged for 60 s at first", "0.05 for being answered",
                 "60 s were charged: 0.35 CNY", "tariff wholesale", "The carrier is paid 0.001666667 CNY"):
        expect(text in why, f"{text} is missing: {why}")
    browser.run("document.querySelector('[data-move=correct]').click()")
    browser.type("#amount", "0.10")
    browser.type("#note", MARKUP)
    browser.key("Enter")
    browser.wait("document.querySelector('dialog .sum').textContent.includes('0.35 → 0.10 CNY')")
    browser.run("for (let i = 0; i < 3; i++) document.querySelector('dialog .primary').click()")
    browser.wait("document.querySelector('dialog .sum').textContent.includes('12,345,678.80 CNY')")
    browser.key("Enter")
    browser.wait("document.querySelectorAll('.tile .value')[2].textContent === '0.10'")
    browser.wait("document.body.innerText.includes('CALL_END') && document.body.innerText.includes('(was 0.35)')")
    expect(line.tandem.sql("SELECT count(*) AS n FROM cdr_correction")[0]["n"] == 1, "corrected more than once")
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")
    shots(browser, line.folder, "record")
    browser.run("location.hash = '#cdr/nobody'")
    browser.wait("document.querySelector('.empty.card').checkVisibility()")


@page
def reports(web, line, browser):
    """Reports show today's calls by day, account and trunk with their sum, and lead to the same as a file"""
    provision(line.tandem)
    line.callee()
    line.caller(3, talk_ms=50).wait(20)
    wait_until(lambda: line.tandem.sql("SELECT count(*) AS n FROM cdr")[0]["n"] == 3, 10, "the CDRs")
    log_in(web, browser)
    browser.run("location.hash = '#reports'")
    browser.wait("document.querySelector('tbody tr')?.innerText.includes('1.05')")
    browser.wait("document.querySelector('.tile .value').textContent === '1.05'")
    for by, name in (("account", "acme"), ("trunk", "ims-a"), ("source", "pbx")):
        browser.run(f"document.querySelector('#by').value = '{by}'")
        browser.run("document.querySelector('form .primary').click()")
        browser.wait(f"document.querySelector('tbody td')?.textContent === '{name}'")
    text = browser.run("fetch(document.querySelector('a.file').href).then((answer) => answer.text())")
    expect(text.startswith("name,attempts,") and "pbx,3,3,100" in text, text)
    browser.run("document.querySelector('#from').value = '2020-01-02'; document.querySelector('#to').value = '2020-01-01'")
    browser.run("document.querySelector('form .primary').click()")
    browser.wait("document.querySelector('.problem').textContent.includes('after')")
    shots(browser, line.folder, "reports")


@page
def webhooks(web, line, browser):
    """The page of webhooks says which one fails, why, and what waits"""
    line.tandem.apply({"webhooks": [{"name": MARKUP, "url": "http://127.0.0.1:1/hook?a=<b>", "events": ["CALL_*", "BALANCE_*"],
                                     "secret": "0123456789abcdef-secret"}]})
    log_in(web, browser)
    browser.run("location.hash = '#webhooks'")
    browser.wait("document.querySelector('tbody tr')")
    provision(line.tandem)
    browser.wait("document.querySelector('tbody .badge').dataset.mood === 'bad'", 30)
    shown = browser.run("document.querySelector('tbody tr').innerText")
    expect(MARKUP in shown and "?a=<b>" in shown and "CALL_*, BALANCE_*" in shown, shown)
    expect(browser.run("document.querySelectorAll('b, img[onerror]').length") == 0, "it became an element")
    shots(browser, line.folder, "webhooks")


CHECKS = [accounts, topped_up, watched, priced, priced_elsewhere, record, reports, webhooks]

if __name__ == "__main__":
    sys.exit(run_checks("page-money", CHECKS, sys.argv[1:]))
