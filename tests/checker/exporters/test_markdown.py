"""Markdown, read by a parser that others wrote: texts stay texts."""

import pytest
from markdown_it import MarkdownIt

from checker.exporters import feedback, report_md
from checker.exporters.text import code_block, markdown, readable

READER = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])


def plain(tokens):
    """The text that inline tokens show; fails if they are more than text."""
    kinds = {token.type for token in tokens}
    assert kinds <= {"text", "text_special"}, kinds
    return "".join(token.content for token in tokens)


TEXTS = [
    "plain",
    "fetch_users",
    "_emphasis_ and __strong__ and *these* and **those** and ~~struck~~",
    "<script>alert(1)</script> &lt; &#60;",
    "[link](http://x) ![image](http://x) <http://x>",
    "`code` ``more``",
    "a | b",
    r"back\slash \_ \|",
    "# no heading",
    "$math$ :smile: @user",
    "www.evil.example WWW.evil.example",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_shown_as_it_is(text):
    """Whatever Markdown would make of a text, the text is shown."""
    (paragraph,) = [token for token in READER.parse(f"x{markdown(text)}") if token.children]
    assert plain(paragraph.children) == f"x{text}"
    (cell,) = [
        token
        for token in READER.parse(f"| head |\n|---|\n| x{markdown(text)} |")
        if token.children and token.content != "head"
    ]
    assert plain(cell.children) == f"x{text}"


def test_no_address_becomes_a_link():
    """GitHub makes a link of what begins with `www.`, without any markup."""
    assert markdown("www.a.example, WWW.b") == r"www\.a.example, WWW\.b"
    assert readable("see www.a.example") == "`see www.a.example`"


@pytest.mark.parametrize("lines", [["```", "# out"], ["a", "", "````text", "~~~"], ["</pre>"]])
def test_a_block_of_code_cannot_be_left(lines):
    """No line of a block of code ends it."""
    (token,) = READER.parse(code_block(lines))
    assert token.type == "fence"
    assert token.content == "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text", [*TEXTS, "`", "``a", "a ` b `` c ```", "\\", "sqlite:///./test.db", "x\n\n# y", ""]
)
def test_a_readable_text_is_the_same_in_an_editor(text):
    """A text stands in the file letter by letter, and is shown so, as text or as code."""
    shown = " ".join(text.split())
    assert shown in readable(text)
    (paragraph,) = [token for token in READER.parse(f"Fix: {readable(text)}") if token.children]
    assert {token.type for token in paragraph.children} <= {"text", "code_inline"}
    assert "".join(token.content for token in paragraph.children) == f"Fix: {shown}".rstrip()


@pytest.mark.parametrize("exporter", [report_md, feedback])
def test_no_markup_comes_out_of_a_submission(sample, exporter, tmp_path):
    """In whole documents there is no HTML, link or image, and tables keep their columns."""
    exporter.export(sample, tmp_path)
    for path in tmp_path.rglob("*.md"):
        tokens = READER.parse(path.read_text("utf-8"))
        kinds = {token.type for token in tokens}
        kinds |= {child.type for token in tokens for child in token.children or ()}
        assert not kinds & {"html_block", "html_inline", "link_open", "image"}
        widths, cells = [], 0
        for token in tokens:
            if token.type in ("th_open", "td_open"):
                cells += 1
            elif token.type == "tr_close":
                widths.append(cells)
                cells = 0
        assert set(widths) <= {2, 3, 4, 6}
