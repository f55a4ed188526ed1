#!/usr/bin/env python3
"""Prints what the loops of assembly for AArch64 take, as llvm-mca predicts it.

    benches/loops.py LLVM-MCA FUNCTION FILE.s CPU...

A loop is what is between a label and a branch back to it, in the functions whose mangled name contains FUNCTION.
It has no calls, and its other branches are not taken. The length of a round is how far it advances a pointer.
"""

import re
import subprocess
import sys


def functions(path):
    lines, name = [], ""
    for line in open(path):
        if start := re.match(r"([A-Za-z_$][\w.$]*):", line):
            lines, name = [], start[1]
        elif line.startswith(".Lfunc_end"):
            yield name, lines
        else:
            lines.append(line.strip())


def loops(lines):
    labels = {}
    for at, line in enumerate(lines):
        if label := re.match(r"(\.LBB\w+):", line):
            labels[label[1]] = at
        branch = re.match(r"(?:b|b\.\w+|cbn?z|tbn?z)\s.*?(\.LBB\w+)$", line)
        if branch and branch[1] in labels:
            block = lines[labels[branch[1]] : at + 1]
            # Without labels, directives and comments.
            block = [line for line in block if re.match(r"[a-z]", line)]
            leaves = any(re.match(r"(bl|blr|ret|b)\b(?!\.)", line) for line in block[:-1])
            steps = [re.match(r"add\s+(x\d+), \1, #(\d+)$", line) for line in block]
            step = max((int(step[2]) for step in steps if step), default=0)
            if not leaves and step:
                yield branch[1], step, block


def cycles(mca, cpu, block):
    text = "\n".join(re.sub(r"\.LBB\w+", "here", line) for line in block)
    command = [mca, "-mtriple=aarch64", f"-mcpu={cpu}", "-iterations=1000"]
    run = subprocess.run(command, input=f"here:\n{text}\n", capture_output=True, text=True, check=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", run.stdout)[1]) / 1000


def kind(block):
    text = "\n".join(block)
    return " ".join(word for word in ("eor", "umaxv", "tbl", "stp", "str", "stur") if word in text)


def main(mca, function, path, *cpus):
    print("loop, bytes in a round, instructions, cycles for 64 bytes with", *cpus, "| some of its instructions")
    for name, lines in functions(path):
        if function not in name:
            continue
        for label, step, block in loops(lines):
            figures = [f"{cycles(mca, cpu, block) * 64 / step:.1f}" for cpu in cpus]
            print(label, step, len(block), *figures, "|", kind(block))


main(*sys.argv[1:])
