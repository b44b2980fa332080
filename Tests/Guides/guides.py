"""Blocks of commands in guides: found, and told whether they are to be run."""

import re
from dataclasses import dataclass
from pathlib import Path

COMMAND = re.compile(r"^(residua|bash|sh|swift|apt-get|sbatch|(/usr/bin/)?python3?) ")


@dataclass
class Block:
    guide: Path
    line: int
    language: str
    text: str
    reason: str | None  # why it is not run
    alone: bool = False  # `<!-- in a folder of its own -->`

    @property
    def place(self):
        return f"{self.guide}:{self.line}"


def blocks(path, shown):
    """All fenced blocks, with the remark `<!-- not run: why -->` on the line above, if there is one."""
    lines = path.read_text().splitlines()
    found, number = [], 0
    while number < len(lines):
        fence = re.match(r"^(\s*)```(\S*)\s*$", lines[number])
        if fence:
            end = next(i for i in range(number + 1, len(lines)) if lines[i].strip() == "```")
            above = lines[number - 1].strip() if number else ""
            remark = re.match(r"^<!-- not run: (.+) -->$", above)
            found.append(Block(shown, number + 1, fence[2], "\n".join(lines[number + 1:end]) + "\n", remark and remark[1],
                               above == "<!-- in a folder of its own -->"))
            number = end
        elif lines[number].startswith("    ") and COMMAND.match(lines[number].strip()):
            found.append(Block(shown, number + 1, "indented", lines[number], None))
        number += 1
    return found


def untold(block):
    """Whether a block holds commands and does not say so."""
    return block.language not in ("sh", "bash", "swift", "yaml") and any(
        COMMAND.match(line.strip()) for line in block.text.splitlines()) and block.reason is None
