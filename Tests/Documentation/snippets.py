"""Writes every Swift block of the guides as a program of its own:  python3 snippets.py FOLDER

FOLDER/N/main.swift holds the block, FOLDER/N/place where it stands. Blocks under `<!-- not run: why -->` stay out.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
root = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "Tests/Guides"))
from guides import blocks

number = 0
for guide in [root / "README.md", *sorted((root / "Docs/HowTo").glob("*.md")), *sorted((root / "Docs/Explanation").glob("*.md"))]:
    for block in blocks(guide, guide.relative_to(root)):
        if block.language == "swift" and block.reason is None:
            number += 1
            folder = Path(sys.argv[1]) / f"{number:02}"
            folder.mkdir()
            (folder / "main.swift").write_text(block.text)
            (folder / "place").write_text(block.place)
if not number:
    sys.exit("there is no Swift in the guides")
