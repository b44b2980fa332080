"""Whether every link between pages leads somewhere, and every page can be reached from the map:  python3 links.py"""

import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
pages = [root / "README.md", *sorted((root / "Docs").rglob("*.md")), *sorted((root / "Examples").rglob("*.md"))]
problems, reached = [], set()


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield target, (page.parent / path).resolve() if path else page, anchor


for page in pages:
    for target, path, anchor in links(page):
        if not path.exists():
            problems.append(f"{page.relative_to(root)}: {target} leads nowhere")
        elif anchor and path.suffix == ".md" and anchor not in anchors(path):
            problems.append(f"{page.relative_to(root)}: {target}: there is no such heading")

# From the map, through links; a folder stands for its pages.
waiting = [root / "Docs/README.md"]
while waiting:
    page = waiting.pop()
    if page in reached:
        continue
    reached.add(page)
    for _, path, _ in links(page):
        waiting += sorted(path.glob("*.md")) if path.is_dir() else [path] if path.suffix == ".md" and path.exists() else []
for page in pages:
    if page.is_relative_to(root / "Docs") and page not in reached:
        problems.append(f"{page.relative_to(root)}: no way leads here from Docs/README.md")

print("\n".join(problems) if problems else f"{len(pages)} pages, every link leads somewhere.")
sys.exit(1 if problems else 0)
