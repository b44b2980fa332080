"""Man pages from what the program says of itself:  residua --experimental-dump-help | python3 make-manual.py FOLDER "residua 0.1.0"

One page for the tool and one for each of its commands. (swift-argument-parser's own generator is a package plugin: it builds the
whole package a third time, for debugging, to ask the same question.)
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from commandhelp import explained, names, sections, shown, synopsis

folder, version = Path(sys.argv[1]), sys.argv[2]
folder.mkdir(parents=True, exist_ok=True)
root = json.load(sys.stdin)["command"]


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def described(argument):
    if argument["kind"] == "positional":
        head = f"\\fI{escaped(argument.get('valueName', 'value'))}\\fR"
    else:
        head = ", ".join(f"\\fB{escaped(n)}\\fR" for n in names(argument))
        if argument["kind"] == "option":
            head += f" \\fI{escaped(argument.get('valueName', 'value'))}\\fR"
    return [".TP", head, escaped(explained(argument))]


def page(command, path):
    arguments, children = shown(command)
    title = "-".join(path)
    lines = [
        f'.TH "{title.upper()}" 1 "" "{version}" "Residua"', ".SH NAME", f"{escaped(title)} \\- {escaped(command.get('abstract', ''))}",
        ".SH SYNOPSIS", f"\\fB{escaped(' '.join(path))}\\fR " + escaped(" ".join(synopsis(a) for a in arguments))
        + (" \\fIcommand\\fR" if children else "")]
    if command.get("discussion"):
        lines.append(".SH DESCRIPTION")
        for paragraph in command["discussion"].split("\n\n"):
            indented = paragraph.startswith("Example")
            lines += [".PP"] + ([".nf", escaped(paragraph), ".fi"] if indented else [escaped(paragraph)])
    for section, group in sections(arguments).items():
        lines.append(f".SH {escaped(section.upper())}")
        for argument in group:
            lines += described(argument)
    if children:
        lines.append(".SH COMMANDS")
        for child in children:
            lines += [".TP", f"\\fB{escaped(title)}\\-{escaped(child['commandName'])}\\fR(1)", escaped(child.get("abstract", ""))]
    if path != [root["commandName"]]:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(path[:-1]))}\\fR(1)"]
    (folder / f"{title}.1").write_text("\n".join(lines) + "\n")
    for child in children:
        page(child, path + [child["commandName"]])


page(root, [root["commandName"]])
