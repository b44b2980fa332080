"""The reference of all commands, from what the program says of itself:

  residua --experimental-dump-help | python3 Examples/make-commands-page.py >Docs/Reference/Commands.md
"""

import json
import sys

sys.dont_write_bytecode = True
from commandhelp import explained, names, sections, shown, synopsis

root = json.load(sys.stdin)["command"]


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "\\<")


def page(command, path):
    arguments, children = shown(command)
    title = " ".join(path)
    lines = ["", f"## {title}", "", command.get("abstract", "")]
    # Options go last and in brackets: the table has them.
    positional = [a for a in arguments if a["kind"] == "positional"]
    usage = [title] + (["<command>"] if children else []) + [synopsis(a) for a in positional]
    usage += [synopsis(a) for a in arguments if a["kind"] != "positional" and not a["isOptional"]]
    usage += ["[options]"] if any(a["isOptional"] and a["kind"] != "positional" for a in arguments) else []
    lines += ["", "```", " ".join(usage), "```"]
    for paragraph in (command.get("discussion") or "").split("\n\n"):
        if paragraph.startswith("Example"):
            head, _, body = paragraph.partition("\n")
            code = [line.removeprefix("  ") for line in body.split("\n")]
            lines += ["", head, "", "```", *code, "```"]
        elif paragraph:
            lines += ["", paragraph.replace("<", "\\<")]
    for section, group in sections(arguments).items():
        lines += ["", f"| {section} | |", "|---|---|"]
        for argument in group:
            value = argument.get("valueName", "value")
            if argument["kind"] == "positional":
                head = f"`{value}`" + (" …" if argument["isRepeating"] else "")
            else:
                head = ", ".join(f"`{n}`" for n in names(argument)) + (f" `{value}`" if argument["kind"] == "option" else "")
            lines.append(f"| {head} | {cell(explained(argument))} |")
    if children:
        lines += ["", "| Command | |", "|---|---|"]
        for child in children:
            anchor = "-".join(path + [child["commandName"]])
            lines.append(f"| [{child['commandName']}](#{anchor}) | {cell(child.get('abstract', ''))} |")
    for child in children:
        lines += page(child, path + [child["commandName"]])
    return lines


print("# Commands")
print()
print("Made from the program itself (`Examples/make-commands-page.py`); a test holds this page against it. `residua help COMMAND` says the same,")
print("and so do the man pages of an installation. Exit codes: [ExitCodes](ExitCodes.md).")
print("\n".join(page(root, [root["commandName"]])))
