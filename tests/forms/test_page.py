"""The HTML form in a real Chromium: filled as a person would, and what it makes is read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from parsers.catalogue import MessageType
from parsers.content import Attachment, Content
from parsers.forms import blank
from parsers.leaves import Leaf
from parsers.problems import LANGUAGES
from parsers.submission import Submission, read_submission
from tests.forms.messages import CATALOGUE, KINDS, REPORT, bodies

ROW = {"facility": "Granbo", "places": "12", "takst": "1.845,50"}
SOME = [
    pytest.param(kind, id=kind.name, marks=() if number % 8 == 0 else pytest.mark.long)
    for number, kind in enumerate(KINDS)
]
"""All messages; a browser takes seconds for each, and so most of them are tried by the long run."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as program:
        started = program.chromium.launch(executable_path="/usr/bin/chromium")
        yield started
        started.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for kind in KINDS:
        for language in LANGUAGES:
            (made / f"{kind.name}.{language}.html").write_bytes(blank(kind, "html", language))
    return made


def opened(browser: Browser, folder: Path, kind: MessageType, language: str, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    page.set_default_timeout(5000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto((folder / f"{kind.name}.{language}.html").as_uri())
    assert faults == []
    return page


def put(where: Locator, leaf: Leaf, value: Any) -> None:
    if leaf.kind == "choice":
        where.select_option(str(value))
    elif leaf.kind == "yes_no":
        where.select_option("true" if value else "false")
    else:
        where.fill(str(value))


def value_at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def fill(page: Page, kind: MessageType, body: Mapping[str, Any]) -> None:
    added: set[str] = set()
    for leaf in kind.leaves:
        fields = page.locator(f'[data-path="{leaf.path}"]')
        if leaf.listed is None:
            if (value := value_at(body, leaf.path)) is not None:
                put(fields.first, leaf, value)  # one of the letter's own may be called the same
            continue
        items = value_at(body, leaf.listed) or []
        if leaf.listed == leaf.path and leaf.kind == "choice":
            for value in items:
                page.locator(f'[data-path="{leaf.path}"][value="{value}"]').check()
            continue
        if leaf.listed not in added:
            added.add(leaf.listed)
            while page.locator(f'[data-item="{leaf.listed}"]').count() < len(items):
                page.locator(f'[data-add="{leaf.listed}"]').click()
        inner = leaf.path.removeprefix(leaf.listed).lstrip(".")
        for at, item in enumerate(items):
            value = value_at(item, inner) if inner else item
            if value is not None:
                put(fields.nth(at), leaf, value)


def saved(page: Page) -> bytes:
    with page.expect_download() as loading:
        page.click("#save")
    return Path(loading.value.path()).read_bytes()


def by_json(data: bytes) -> Submission:
    file = Attachment("a.json", "application/json", data)
    outcome = read_submission(Content(None, "", None, (file,)), CATALOGUE, "x")
    assert isinstance(outcome, Submission), outcome
    return outcome


def of_choices(kind: MessageType) -> list[str]:
    """Lists of choices are check boxes: what is ticked has no order."""
    return [one.path for one in kind.leaves if one.listed == one.path and one.kind == "choice"]


@pytest.mark.parametrize("kind", SOME)
@settings(
    max_examples=1,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), language=st.sampled_from(LANGUAGES), width=st.sampled_from([400, 1200]))
def test_what_a_person_fills_in_is_saved_and_copied_as_it_was(
    browser: Browser, folder: Path, kind: MessageType, data: Any, language: str, width: int
) -> None:
    body = dict(data.draw(bodies(kind)))
    for path in of_choices(kind):
        order = next(leaf.choices for leaf in kind.leaves if leaf.path == path)
        body[path] = sorted(set(body[path]), key=order.index)
    page = opened(browser, folder, kind, language, width)
    page.locator('[data-path="to"]').last.fill("29190925")
    page.locator('[data-path="reference"]').last.fill("K 1")
    fill(page, kind, body)

    read = by_json(saved(page))
    page.click("#copy")
    text = page.locator("#copy-text").input_value()
    page.context.close()

    assert read.fields["body"] == body
    assert (read.to, read.reference, read.case) == ("29190925", "K 1", None)
    copied = read_submission(Content(None, text, None, ()), CATALOGUE, "x")
    assert isinstance(copied, Submission), (copied, text)
    assert copied.fields["body"] == body


def report(browser: Browser, folder: Path, language: str = "da", width: int = 1200) -> Page:
    page = opened(browser, folder, REPORT, language, width)
    for path, value in {
        "year": "2026",
        "municipality": "Århus Kommune",
        "reported_by": "A",
    }.items():
        page.locator(f'[data-path="{path}"]').fill(value)
    for name, value in ROW.items():
        page.locator(f'[data-path="rows.{name}"]').fill(value)
    return page


def test_what_people_write_is_saved_as_machines_read_it(browser: Browser, folder: Path) -> None:
    page = report(browser, folder)
    body: Any = by_json(saved(page)).fields["body"]
    page.context.close()
    assert body["municipality"] == "0751"
    assert body["rows"][0]["takst"] == "1845.50"


def test_the_same_content_has_the_same_id_and_other_content_another(
    browser: Browser, folder: Path
) -> None:
    page = report(browser, folder)
    ids = [by_json(saved(page)).id, by_json(saved(page)).id]
    page.locator('[data-path="year"]').fill("2027")
    ids.append(by_json(saved(page)).id)
    page.context.close()
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ids[2])


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("year", "", "Feltet skal udfyldes."),
        ("year", "et år", "helt tal"),
        ("municipality", "Malmø", "kommune"),
        ("rows.takst", "1,845", "beløb"),
        ("rows.takst", "12.34.56", "beløb"),
        ("rows.contact", "310265-0001", "CPR-nummer"),
        ("rows.contact", "1234567890", "CPR-nummer"),
        ("case", "sag 7", "sagsnummeret"),
        ("to", "12345678", "CVR-nummer"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_in_a_summary_and_nothing_is_saved(
    browser: Browser, folder: Path, path: str, value: str, told: str
) -> None:
    page = report(browser, folder)
    field = page.locator(f'[data-path="{path}"]')
    field.fill(value)
    page.click("#save")

    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    beside = " ".join(page.locator(f"#{one}").inner_text() for one in described)
    assert told in beside
    assert told in page.locator("#errors").inner_text()
    assert page.evaluate("document.activeElement.id") == "errors"
    page.locator("#error-list a").first.press("Enter")
    assert page.evaluate("document.activeElement.dataset.path") == path
    assert page.locator("#said").inner_text() == ""
    page.context.close()


@pytest.mark.parametrize(
    ("number", "told"), [("670765-4005", "erstatning"), ("6102901234", "modulus 11")]
)
def test_a_number_that_is_taken_with_a_warning_says_so(
    browser: Browser, folder: Path, number: str, told: str
) -> None:
    page = report(browser, folder)
    field = page.locator('[data-path="rows.contact"]')
    field.fill(number.replace("6102901234", "010290-1234"))
    field.blur()
    assert told in page.locator("#fields").inner_text()
    assert by_json(saved(page)).warnings
    page.context.close()


def test_items_are_added_and_removed_by_the_keyboard(browser: Browser, folder: Path) -> None:
    page = report(browser, folder)
    page.locator('[data-add="rows"]').focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.path") == "rows.facility"
    page.keyboard.type("Second")
    page.locator('[data-item="rows"] button').first.focus()
    page.keyboard.press("Enter")
    assert page.locator('[data-item="rows"]').count() == 1
    assert page.locator('[data-path="rows.facility"]').input_value() == "Second"
    page.context.close()


@pytest.mark.parametrize(
    ("kind", "width"),
    [pytest.param(*one.values, 400, id=f"{one.id}-400", marks=one.marks) for one in SOME]
    + [pytest.param(kind, 1200, id=f"{kind.name}-1200") for kind in KINDS[::20]],
)
def test_every_page_fits_its_window_and_every_field_has_a_name(
    browser: Browser, folder: Path, kind: MessageType, width: int
) -> None:
    page = opened(browser, folder, kind, "da", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')]"
        ".filter(one => !one.labels.length).map(one => one.id)"
    )
    page.context.close()
    assert nameless == []


def test_the_page_can_reach_nothing(browser: Browser, folder: Path) -> None:
    page = report(browser, folder)
    came, failed = [], []
    page.on("response", lambda response: came.append(response.url))
    page.on("requestfailed", lambda request: failed.append(request.failure))
    blocked = page.evaluate(
        """async () => {
            const told = [];
            const tell = (e) => told.push(e.effectiveDirective);
            document.addEventListener("securitypolicyviolation", tell);
            await fetch("https://x.example/").catch(() => 0);
            document.body.append(Object.assign(new Image(), {src: "https://x.example/a.png"}));
            const script = document.createElement("script");
            document.body.append(Object.assign(script, {textContent: "1"}));
            await new Promise((done) => setTimeout(done, 200));
            return told;
        }"""
    )
    page.context.close()
    assert set(blocked) >= {"connect-src", "img-src", "script-src-elem"}
    assert came == []
    assert set(failed) <= {"csp"}


def _contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_text_can_be_read_on_its_ground() -> None:
    style = blank(REPORT, "html", "da").decode()
    colour = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style))
    for ink in ("ink", "soft", "wrong", "note", "brand"):
        for ground in ("card", "page"):
            assert _contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    assert _contrast(colour["wrong"], colour["wrong-back"]) >= 4.5
    assert _contrast(colour["line"], colour["card"]) >= 3
