"""What `residua --experimental-dump-help` says, in pieces that pages are made of: make-manual.py and make-commands-page.py."""


def names(argument):
    for name in argument.get("names", []):
        yield ("--" if name["kind"] == "long" else "-") + name["name"]


def synopsis(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        text = f"<{value}>" + (" ..." if argument["isRepeating"] else "")
    else:
        preferred = argument["preferredName"]
        text = ("--" if preferred["kind"] == "long" else "-") + preferred["name"] + (f" <{value}>" if argument["kind"] == "option" else "")
    return f"[{text}]" if argument["isOptional"] else text


def explained(argument):
    """An argument's help, with its default and its values where the help does not say them."""
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    if default is not None and argument["kind"] != "flag":
        text += f" (default: {default})"
    if argument.get("allValues") and not all(v in text for v in argument["allValues"]):
        text += f" (values: {', '.join(argument['allValues'])})"
    return text


def shown(command):
    """Arguments and subcommands that people are to see."""
    arguments = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    children = [c for c in command.get("subcommands", []) if c["commandName"] != "help" and c.get("shouldDisplay", True)]
    return arguments, children


def sections(arguments):
    """Arguments by the title that they stand under, in order."""
    found = {}
    for argument in arguments:
        title = argument.get("sectionTitle") or ("Arguments" if argument["kind"] == "positional" else "Options")
        found.setdefault(title, []).append(argument)
    return found
