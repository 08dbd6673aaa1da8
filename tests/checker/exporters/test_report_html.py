"""`report.html` in a real browser."""

import re
import shutil
import sys
import time

import pytest

from checker.exporters import report_html
from checker.exporters.text import one_line

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
pytestmark = pytest.mark.skipif(
    not CHROMIUM or sys.platform == "win32", reason="there is no Chromium to open the page with"
)


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Open the report on some grades; fails if the page reports an error or asks for anything."""
    wrong = []
    contexts = []

    def open_page(grades, fragment="", **options):
        report_html.export(grades, tmp_path)
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: wrong.append(request.url))
        url = (tmp_path / "report.html").as_uri()
        page.goto(url + fragment)
        wrong.remove(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def names(page):
    """The submissions that are shown, from top to bottom."""
    return page.locator("#students tbody tr:visible th a").all_inner_texts()


def test_overview(open_page, sample):
    """The page opens with the class in numbers, and with what was missed most."""
    page = open_page(sample)
    cards = page.locator(".card").all_inner_texts()
    assert [card.split("\n")[0].split()[0] for card in cards] == [
        "6",
        "1",
        "24.2",
        "27.5",
        "1",
        "2",
    ]
    panels = page.locator(".panel").all_inner_texts()
    assert re.search(r"step1\s*Set up the URL\s*4\s*67 %", panels[0])
    assert "fetch_users handed back a coroutine" in panels[2]
    assert re.search(r"step1\s*the file runs\s*2\s*33 %", panels[3])


def test_sorting(open_page, sample):
    """A click on a head sorts by it, another turns round; assistive technology is told."""
    page = open_page(sample)
    page.get_by_role("button", name="Points").click()
    points = page.locator("#students tbody td.number").all_inner_texts()
    assert points == ["40", "30", "30", "25", "20", "0"]
    head = page.get_by_role("columnheader", name="Points")
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Points").click()
    assert names(page)[0] == "cleo"
    page.get_by_role("button", name="Submission").click()
    upwards = names(page)
    page.get_by_role("button", name="Submission").click()
    assert names(page) == upwards[::-1] != upwards


def test_filtering(open_page, sample):
    """The table is filtered by a word of name or problem, by outcome, and by step."""
    page = open_page(sample)
    page.keyboard.press("/")
    page.keyboard.type("BEN")
    assert names(page) == ["ben"]
    assert page.locator("#count").inner_text() == "1 of 6 shown"
    page.fill("#find", "coroutine")
    assert len(names(page)) == 3
    page.fill("#find", "")
    page.select_option("#only", "passed")
    assert names(page) == ["ann"]
    page.select_option("#only", "not step2")
    assert names(page)[:3] == ["ben", "cleo", "dan"]


def test_details(open_page, sample):
    """Details have the notes, checks, diagnosis, code with the marked line, and output."""
    page = open_page(sample)
    page.get_by_role("link", name="ben").click()
    dialog = page.get_by_role("dialog")
    text = dialog.inner_text()
    assert "20 of 40 points" in text
    assert "Handed in 2 days late." in text
    assert "the secret edge case (hidden)" in text
    assert "Fix: Put await in front of database.fetch_all(query)." in text
    assert "Seen: expected 14 rows, got a coroutine" in text
    assert dialog.locator(".code .marked").inner_text() == '4\n    return database.fetch_all("x")'
    assert dialog.locator("pre").last.inner_text() == "args"


def test_every_failed_check_is_explained(open_page, several):
    """Each failed check, a hidden one too, has its problem, fix and line; all are marked."""
    page = open_page(several, "#s1")
    told = page.locator("#details .checks li .diagnosis").all_inner_texts()
    assert [text.split("\n")[0] for text in told] == [
        "sqlite:///./test.db is no `await`.",
        "SELECT * FROM users",
        "One row is missing.",
    ]
    assert all("Fix: Put await in front of database.fetch_all(query)." in text for text in told)
    assert [text.split("\n")[-1] for text in told] == [
        "main.py, line 4",
        "main.py, line 3",
        "main.py, line 4",
    ]
    marked = page.locator("#details .code .marked").all_inner_texts()
    assert [text.split("\n")[0] for text in marked] == ["3", "4"]


def test_a_skipped_check_is_not_explained(open_page, sample):
    """A check that waits for another shows no problem, but what it waits for."""
    page = open_page(sample, "#s3")
    assert page.locator("#details .checks li").count() == 4
    assert page.locator("#details .diagnosis").count() == 1
    assert page.locator("#details .waits").inner_text() == "Waits for: the secret edge case."


def test_a_tip_has_its_line(open_page, sample):
    """A remark on code that passes tells its line."""
    page = open_page(sample, "#s2")
    assert page.locator("#details .tip").inner_text() == "Line 2: Use lifespan."


def test_keyboard(open_page, sample):
    """Details are opened, turned over and closed with keys, and the focus comes back."""
    # Waits with `expect`: a text waited for by wait_for_function is evaluated by the page itself,
    # which the page's policy forbids, unless it is true at the first look.
    from playwright.sync_api import expect

    page = open_page(sample)
    link = page.get_by_role("link", name="ann")
    link.focus()
    page.keyboard.press("Enter")
    title = page.locator("#details-title")
    expect(title).to_have_text("ann", timeout=60_000)
    page.keyboard.press("ArrowRight")
    expect(title).to_have_text("ben", timeout=60_000)
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("ann", timeout=60_000)
    page.keyboard.press("Escape")
    expect(title).to_be_hidden(timeout=60_000)
    expect(link).to_be_focused(timeout=60_000)
    assert "#" not in page.url


def test_an_address_opens_details(open_page, sample):
    """The address of a submission's details opens them."""
    page = open_page(sample, "#s3")
    assert page.locator("#details-title").inner_text() == "ben"


def test_hostile_texts_are_shown_and_nothing_else(open_page, sample):
    """Names, notes and outputs that are markup are shown as text in table and details."""
    page = open_page(sample, "#s1")
    hostile = one_line(sample.graded[0].result.steps[0].output)
    assert page.locator("script").count() == len(sample.graded) + 1
    assert page.locator("img").count() == 0
    assert page.locator("#details pre").first.inner_text() == hostile
    assert hostile in page.locator("#details .diagnosis").first.inner_text()
    assert names(page)[-1] == r"x/../</script>\u202e"


def test_the_policy_runs_nothing_else(browser, sample, tmp_path):
    """Were markup to slip in all the same, the page's policy would not run or load it."""
    report_html.export(sample, tmp_path)
    path = tmp_path / "report.html"
    slipped = (
        '<script>document.title="broken"</script><img src="http://127.0.0.1:9/x" '
        "onerror=\"document.title='broken'\"><style>body{display:none}</style>"
    )
    path.write_text(path.read_text("utf-8").replace("<main>", f"<main>{slipped}"), "utf-8")
    page = browser.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    assert page.title() == "Grades: fastapi-databases"
    assert page.locator("h1").is_visible()
    assert len([text for text in refused if "Content Security Policy" in text]) >= 3
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page, sample, scheme):
    """The page follows the system's colours, and its text stands out from the ground."""
    page = open_page(sample, color_scheme=scheme)
    colours = page.evaluate(
        "() => { const style = getComputedStyle(document.body);"
        " return [style.color, style.backgroundColor]; }"
    )
    ink, paper = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert (ink < 200 and paper > 600) if scheme == "light" else (ink > 600 and paper < 200)


def test_narrow(open_page, sample):
    """On a narrow screen nothing scrolls sideways: a row of the table goes over several lines."""
    page = open_page(sample, viewport={"width": 380, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for table in page.locator(".wide").all():
        assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
    name, points, step, *_, problem = (
        cell.bounding_box() for cell in page.locator("#s3 > *").all()
    )
    assert abs(name["y"] - points["y"]) < 5
    assert name["y"] < step["y"] < problem["y"]
    page.fill("#find", "ann")
    assert names(page) == ["ann"]


def test_narrow_details(open_page, several):
    """On a narrow screen the mark of a step stands beside its title."""
    page = open_page(several, "#s1", viewport={"width": 250, "height": 700})
    heading = page.locator("#details h3 > span")
    mark, title = (heading.nth(number).bounding_box() for number in range(2))
    assert abs(mark["y"] - title["y"]) < 5
    assert mark["x"] < title["x"]


def test_print(open_page, sample):
    """On paper the tools are gone; with details open those alone are printed."""
    page = open_page(sample)
    page.emulate_media(media="print")
    assert not page.locator("#tools").is_visible()
    assert page.locator("#students").is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="ben").click()
    page.locator("#details-title").wait_for()
    page.emulate_media(media="print")
    assert not page.locator("main").is_visible()
    assert page.locator("#details-title").is_visible()


def test_without_script(open_page, sample):
    """Without JavaScript the table is there, and the page says what is missing."""
    page = open_page(sample, java_script_enabled=False)
    assert len(page.locator("#students tbody tr").all()) == 6
    assert "JavaScript, which is off here" in page.locator("noscript").inner_text()


def test_two_thousand(open_page, crowd):
    """A class of 2,000 opens as a plain table, and details exist only where they are asked for.

    How long that takes is shown by  python -m pytest -s -k two_thousand
    """
    began = time.monotonic()
    page = open_page(crowd(2000))
    assert page.locator("#count").inner_text() == "2000 of 2000 shown"
    took = {"write and open": round(time.monotonic() - began, 2)}
    assert page.locator("#body *").count() == 0
    assert page.locator("*").count() < 2000 * 25
    for name, action in {
        "sort": "document.querySelectorAll('thead button')[1].click()",
        "filter": "(find.value = '01999', filter())",
        "details": "show(rows.find((row) => row.id === 's2000'))",
    }.items():
        took[name] = page.evaluate(
            f"() => {{ const began = performance.now(); {action}; document.body.offsetHeight;"
            " return Math.round(performance.now() - began) / 1000; }"
        )
    assert names(page) == ["student 01999"]
    assert page.locator("#details-title").inner_text() == "student 01999"
    print(took)
