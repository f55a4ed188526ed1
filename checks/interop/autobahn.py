"""Checks the reports of Autobahn|Testsuite. The arguments are the number of cases, with which a report is
complete, and then a name and an index.json for each report."""
import json
import sys

# No rule says what is right there: a Ping after a Close; the close codes 5000 and 65536.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}

wrong = 0
expected, *reports = sys.argv[1:]
for name, path in zip(reports[::2], reports[1::2]):
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
    print(f"Autobahn, {name}: {len(cases)} cases of 517, {ok} OK, {informational} informational")
    wrong += len(cases) != int(expected)
sys.exit(wrong > 0)
