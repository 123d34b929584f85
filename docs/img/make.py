"""Draws the pictures of the README from a run on the seeds: `uv run python docs/img/make.py`."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

from flows.explain import as_rich as account_as_rich
from flows.explain import explain
from flows.pipeline import direct, process
from flows.run import Options
from flows.summary import as_rich as summary_as_rich

HERE = Path(__file__).parent
COLUMNS = 92
FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
SHOWN = "/srv/news/warehouse"  # in place of a folder that is gone after the run
ARTICLE = "9348ea449c3244cc2a92e06610c14496"  # the fifth seed; ids do not depend on where a file lies
PARTS = ((0, 24), (59, 70), (-12, None))  # lines of its account: the beginning, a link amid the text, the end


def main() -> None:
    """Run on the seeds, and draw the summary and the account of one article."""
    with tempfile.TemporaryDirectory() as folder:
        summary = process(Options(to=f"{folder}/warehouse"), direct())
        [account] = explain(summary.warehouse, ARTICLE)
    shown = summary.model_copy(update={"warehouse": SHOWN})
    draw("run", "copydesk run", summary_as_rich(shown))
    draw("explain", f"copydesk explain {ARTICLE}", excerpt(account))


def excerpt(account: dict[str, Any]) -> Segments:
    """Take some lines of an article's account."""
    account = {**account, "locator": f"seeds/{Path(account['locator']).name}"}
    console = Console(width=COLUMNS, color_system="truecolor", force_terminal=True, highlight=False)
    lines = console.render_lines(account_as_rich(account), pad=False)
    out: list[Segment] = []
    for first, behind in PARTS:
        out += [Segment("    ⋮"), Segment.line()] if out else []
        out += [segment for line in lines[first:behind] for segment in (*line, Segment.line())]
    return Segments(out)


def draw(name: str, title: str, content: RenderableType) -> None:
    """Write an SVG that needs nothing from anywhere."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), highlight=False)
    console.print(content)
    console.print()  # room for the descenders of the last line
    svg = console.export_svg(title=title, unique_id=name)
    svg = re.sub(r"\s*@font-face \{.*?\}|\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    (HERE / f"{name}.svg").write_text(svg.replace("Fira Code, monospace", FONTS), encoding="utf-8")


if __name__ == "__main__":
    main()
