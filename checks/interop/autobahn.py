"""Judges Autobahn|Testsuite's reports: a name and an index.json for each, as arguments."""
import json
import sys

# All that need no compression: a report with fewer is not one.
CASES = 301
# What they ask no rule answers: a Ping behind a Close; close codes 5000 and 65536.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}

wrong = 0
for name, path in zip(sys.argv[1::2], sys.argv[2::2]):
    with open(path, encoding="utf-8") as file:
        ((agent, cases),) = json.load(file).items()
    ok, informational = 0, 0
    for number, case in sorted(cases.items()):
        result = case["behavior"], case["behaviorClose"]
        if result == ("OK", "OK"):
            ok += 1
        elif number in INFORMATIONAL and set(result) <= {"OK", "INFORMATIONAL"}:
            informational += 1
        else:
            wrong += 1
            print(f"{name}, case {number}: {result[0]}, close {result[1]}")
    print(f"Autobahn, {name}: {len(cases)} cases, {ok} OK, {informational} informational")
    wrong += len(cases) != CASES
sys.exit(wrong > 0)
