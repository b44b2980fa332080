"""Names the public symbols without a documentation comment:  python3 symbols.py FOLDER-OF-SYMBOL-GRAPHS

Exit code 1 where there are any, or where there is nothing to look at.
"""

import json
import sys
from pathlib import Path

# What the compiler writes by itself, or what a protocol has described already.
INHERITED = {"==", "hash(into:)", "encode(to:)", "init(from:)", "description", "init(rawValue:)", "rawValue", "hashValue"}

documented, bare = 0, []
for file in sorted(Path(sys.argv[1]).glob("*.symbols.json")):
    graph = json.loads(file.read_text())
    module = graph["module"]["name"]
    for symbol in graph["symbols"]:
        lines = [line["text"].strip() for line in symbol.get("docComment", {}).get("lines", [])]
        if any(lines):
            documented += 1
        elif "location" in symbol and symbol["pathComponents"][-1] not in INHERITED:
            place = symbol["location"]
            where = place["uri"].split("/Sources/")[-1] + f":{place['position']['line'] + 1}"
            bare.append(f"{module}: {'.'.join(symbol['pathComponents'])} (Sources/{where})")

for name in bare:
    print(name)
total = documented + len(bare)
print(f"{documented} of {total} public symbols are documented.")
sys.exit(1 if bare or not total else 0)
