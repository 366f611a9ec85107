"""The document as PDF, by fpdf2, which is an extra."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from billing.documents.papers import Paper
from billing.refusals import FormatMissing

WIDTHS: Final = (86, 26, 34, 32)  # mm of an A4 page between its margins
GREY: Final = (85, 92, 110)


def installed() -> bool:
    return find_spec("fpdf") is not None


def pdf(paper: Paper) -> bytes:
    """One A4 page, or more where there are many lines. Raises FormatMissing without the extra.

    The built-in fonts hold the Latin alphabet; another script's letters become question marks.
    """
    sheet = _blank(paper)
    _head(sheet, paper)
    _table(sheet, paper)
    _foot(sheet, paper)
    return bytes(sheet.output())


def _blank(paper: Paper) -> Any:
    try:
        library = import_module("fpdf")
    except ImportError as error:
        raise FormatMissing(
            "PDF needs the extra tifo[pdf], which is not installed here.", format="pdf"
        ) from error
    sheet = library.FPDF(format="A4")
    sheet.set_margin(16)
    sheet.set_auto_page_break(True, margin=16)
    sheet.set_title(f"{paper.title} {paper.number}")
    sheet.add_page()
    return sheet


def _head(sheet: Any, paper: Paper) -> None:
    if paper.notice:
        _line(sheet, 12, paper.notice, bold=True)
        sheet.ln(3)
    _line(sheet, 22, paper.title, bold=True)
    _line(sheet, 10, paper.number, grey=True)
    sheet.ln(4)
    organisation, seller = paper.content["organisation"], paper.seller
    facts = [
        ("From", ", ".join([seller.name, *seller.address])),
        *([("Tax ID", seller.tax_id)] if seller.tax_id else []),
        ("For", f"{organisation['name']} ({organisation['id']})"),
        ("Period (UTC)", paper.period),
        ("Issued", paper.issued),
        ("Tier", paper.content["tier"]),
        *([("State" if paper.asks else "Invoice", paper.state)] if paper.invoice else []),
    ]
    for name, value in facts:
        _line(sheet, 10, f"{name}: {value}")
    sheet.ln(6)


def _table(sheet: Any, paper: Paper) -> None:
    _cells(sheet, ("Description", "Quantity", "Price", "Amount"), grey=True)
    for row in paper.rows:
        said = "\n".join([row.description, *row.details])
        _cells(sheet, (said, row.quantity, row.unit_price, row.amount))
    _cells(sheet, ("Total", "", "", paper.total), bold=True)
    for name, amount in paper.further:
        _cells(sheet, (name, "", "", amount))


def _foot(sheet: Any, paper: Paper) -> None:
    sheet.ln(6)
    _line(sheet, 9, "What was counted", bold=True)
    for meter, quantity in paper.usage:
        _line(sheet, 9, f"{meter}: {quantity}")
    sheet.ln(4)
    _line(sheet, 7, f"Statement {paper.content['number']}, SHA-256 {paper.content_hash}", grey=True)
    _line(sheet, 7, f"Merkle root of the users {paper.content['users']['root']}", grey=True)


def _cells(sheet: Any, texts: tuple[str, ...], *, bold: bool = False, grey: bool = False) -> None:
    _font(sheet, 9, bold, grey)
    top = sheet.get_y()
    if top > 262:
        sheet.add_page()
        top = sheet.get_y()
    left, lowest = sheet.l_margin, top
    for at, (text, width) in enumerate(zip(texts, WIDTHS, strict=True)):
        sheet.set_xy(left, top)
        sheet.multi_cell(width, 5.5, _latin(text), align="R" if at else "L")
        left, lowest = left + width, max(lowest, sheet.get_y())
    sheet.set_draw_color(223, 226, 233)
    sheet.line(sheet.l_margin, lowest + 0.8, left, lowest + 0.8)
    sheet.set_xy(sheet.l_margin, lowest + 1.6)


def _line(sheet: Any, size: int, text: str, *, bold: bool = False, grey: bool = False) -> None:
    _font(sheet, size, bold, grey)
    sheet.multi_cell(0, size * 0.5, _latin(text), new_x="LMARGIN", new_y="NEXT")


def _font(sheet: Any, size: int, bold: bool, grey: bool) -> None:
    sheet.set_font("Helvetica", "B" if bold else "", size)
    sheet.set_text_color(*(GREY if grey else (20, 23, 31)))


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
