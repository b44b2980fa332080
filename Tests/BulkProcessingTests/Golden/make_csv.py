"""Writes csv.json beside this file: texts, and the rows that Python's csv module (strict, RFC 4180's dialect) reads from them.

    python3 Tests/BulkProcessingTests/Golden/make_csv.py
"""
import csv, io, json, os

texts = [
    "", "a", "a,b", "a,b\n", "a,b\r\nc,d\r\n", "a,b\rc,d", "a,,\n,,b\n", "\"a\",\"b\"\n", "\"a,b\",c\n", "\"a\"\"b\",c\n", "\"\",\"\"\"\"\n",
    "\"a\nb\",c\nd,e\n", "\"a\r\nb\"\r\nc\r\n", " a , b \n", "a\n\n\nb\n", "\u00e9,e\u0301\n\"\u0301x\",y\n", "a,b,\n", "\"a\",\n", "x\u2028y,z\n",
]
cases = []
for text in texts:
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    cases.append({"text": text, "rows": rows})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "csv.json"), "w") as file:
    json.dump(cases, file, indent=1)
