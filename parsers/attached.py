"""Which files of a mail are meant as its submission, and how each of them is read.

A file is one when it says so itself; every other file is an ordinary attachment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from parsers.assembly import Raw
from parsers.catalogue import Catalogue, MessageType
from parsers.content import Attachment, Content
from parsers.csv_sheet import read_csv
from parsers.json_form import looks_like_submission, read_json
from parsers.pdf_form import open_form, read_pdf
from parsers.problems import Problem
from parsers.rows_form import fits, known_labels, named_kind, read_rows
from parsers.sheet import RefusedSheet, Sheet
from parsers.xlsx_sheet import read_xlsx
from parsers.xml_form import looks_like_xml_submission, read_xml

_OPAQUE: Final = frozenset({"application/octet-stream", "text/plain"})
_JSON: Final = frozenset({"application/json", "text/json"})
_CSV: Final = frozenset({"text/csv", "application/csv", "text/tab-separated-values"})
_EXCEL: Final = frozenset({"application/vnd.ms-excel"})  # what Windows calls CSV files too
_XLSX: Final = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel.sheet.macroenabled.12",  # .xlsm: its cells are read, no macro
    }
)
_MOST_SHEETS: Final = 20
_PDF: Final = frozenset({"application/pdf"})
_XML: Final = frozenset({"application/xml", "text/xml"})


@dataclass(frozen=True)
class Document:
    """A submission that is not written into the mail's text; ``source`` is None for its body."""

    read: Callable[[], Raw]
    source: Attachment | None


@dataclass(frozen=True)
class Table:
    """A file with rows of a message."""

    source: Attachment
    kind: MessageType
    form: str
    open: Callable[[bool], Sheet]

    def read(self, fallback_id: str, text: Raw | None = None) -> Raw:
        """Read it, with the labelled text that came with it; the result never fails."""
        try:
            sheet = self.open(True)
        except RefusedSheet as error:
            code = "submission.too_large" if error.too_large else "submission.malformed"
            return Raw(self.form, {}, [Problem(code, "", {"form": self.form.upper()})])
        return read_rows(sheet, self.kind, fallback_id, text)


def documents_in(
    content: Content, text: str, catalogue: Catalogue, fallback_id: str
) -> list[Document]:
    """List what is meant as a submission, in the order of the mail."""
    found = [*_in_body(text, catalogue), *_in_files(content, catalogue, fallback_id)]
    return found or _meant_as_json(content)


def sheets_in(content: Content, catalogue: Catalogue, meant: MessageType | None) -> list[Table]:
    """List the files whose rows are a submission's: they name it, or fit the one in the text."""
    if not any(kind.rows for kind in catalogue):
        return []
    found = []
    for one in content.attachments[:_MOST_SHEETS]:
        read = _sheet_reader(one, catalogue)
        head = _opened(read, whole=False) if read else None
        if head is None or read is None:
            continue
        kind = named_kind(head, catalogue)
        if kind is None and meant is not None and meant.rows and fits(head, meant):
            kind = meant if head.form in meant.forms else None
        if kind is not None:
            found.append(Table(one, kind, head.form, read))
    return found


def _sheet_reader(file: Attachment, catalogue: Catalogue) -> Callable[[bool], Sheet] | None:
    if _is(file, _XLSX, ".xlsx", ".xlsm"):
        return lambda whole: read_xlsx(file.data, whole=whole)
    if _is(file, _CSV, ".csv") or (file.media_type in _EXCEL and file.name.lower()[-4:] == ".csv"):
        labels = partial(known_labels, catalogue=catalogue)
        return lambda whole: read_csv(file.data, labels, whole=whole)
    return None


def _opened(read: Callable[[bool], Sheet], *, whole: bool) -> Sheet | None:
    try:
        return read(whole)
    except RefusedSheet:
        return None


def is_document(text: str) -> bool:
    """Whether a mail's text is JSON or XML as a whole, and no words of a person."""
    return text.lstrip("\ufeff \n\t").startswith(("{", "<?xml", "<submission"))


def _in_body(text: str, catalogue: Catalogue) -> Iterator[Document]:
    if not is_document(text):
        return
    data = text.encode("utf-8", "replace")
    if text.lstrip("\ufeff \n\t").startswith("{"):
        if looks_like_submission(data):
            yield Document(partial(read_json, data), None)
    elif looks_like_xml_submission(data):
        yield Document(partial(read_xml, data.strip(), catalogue), None)


def _in_files(content: Content, catalogue: Catalogue, fallback_id: str) -> Iterator[Document]:
    for one in content.attachments:
        if _is(one, _JSON, ".json") and looks_like_submission(one.data):
            yield Document(partial(read_json, one.data), one)
        elif _is(one, _PDF, ".pdf"):
            form = open_form(one.data)
            if form is not None:
                yield Document(partial(read_pdf, form, catalogue, fallback_id), one)
        elif _is(one, _XML, ".xml") and looks_like_xml_submission(one.data):
            yield Document(partial(read_xml, one.data, catalogue), one)


def _meant_as_json(content: Content) -> list[Document]:
    """Take the one JSON file that has a message's keys and forgot to say which version."""
    meant = [
        one
        for one in content.attachments
        if _is(one, _JSON, ".json") and b'"message"' in one.data and b'"body"' in one.data
    ]
    return [Document(partial(read_json, meant[0].data), meant[0])] if len(meant) == 1 else []


def _is(file: Attachment, media_types: frozenset[str], *endings: str) -> bool:
    """Tell by the media type; where that says nothing, or text, by the name."""
    opaque = file.media_type in _OPAQUE and file.name.lower().endswith(endings)
    return file.media_type in media_types or opaque
