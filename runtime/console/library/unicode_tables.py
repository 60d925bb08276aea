#!/usr/bin/env python3
"""Writes unicode_tables.cpp to standard output: letter case and combining marks, from Python's Unicode 14 data.

    ./unicode_tables.py > unicode_tables.cpp
"""
import unicodedata

assert unicodedata.unidata_version == "14.0.0", "OTP 25 knows Unicode 14"
POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def runs_and_specials(change):
    """Runs (first, last, step, distance) of one-to-one changes, and the changes into several code points."""
    runs, specials = [], []
    for code in POINTS:
        to = [ord(c) for c in change(chr(code))]
        if to == [code]:
            continue
        if len(to) > 1:
            specials.append((code, to + [0] * (3 - len(to))))
            continue
        distance = to[0] - code
        if runs:
            first, last, step, before = runs[-1]
            gap = code - last
            if before == distance and gap <= 2 and (step in (0, gap)):
                runs[-1] = (first, code, gap, distance)
                continue
        runs.append((code, code, 0, distance))
    return runs, specials


def ranges(holds):
    found = []
    for code in POINTS:
        if holds(code):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


def rows(items):
    line, lines = "   ", []
    for item in items:
        if len(line) + len(item) + 2 > 120:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join(lines + [line])


print("// runtime/console/library/unicode_tables.cpp - written by unicode_tables.py; Unicode 14.")
print('#include "runtime/console/library/unicode_tables.hpp"\n')
print("// clang-format off")
print("namespace twinslot::library::unicode {\nnamespace {")
for name, change in (("upper", str.upper), ("lower", str.lower), ("title", str.title), ("fold", str.casefold)):
    runs, specials = runs_and_specials(change)
    print(f"constexpr case_run {name}_runs[] = {{")
    print(rows(f"{{{a:#x},{b:#x},{s or 1},{d}}}" for a, b, s, d in runs) + "\n};")
    print(f"constexpr case_special {name}_specials[] = {{")
    print(rows(f"{{{c:#x},{{{t[0]:#x},{t[1]:#x},{t[2]:#x}}}}}" for c, t in specials) + "\n};")
print("constexpr range mark_ranges[] = {")
print(rows(f"{{{a:#x},{b:#x}}}" for a, b in ranges(lambda c: unicodedata.category(chr(c)) in ("Mn", "Me", "Mc"))) + "\n};")
print("}  // namespace")
for name in ("upper", "lower", "title", "fold"):
    print(f"const case_table {name} = {{{name}_runs, {name}_specials}};")
print("const std::span<const range> marks = mark_ranges;")
print("}  // namespace twinslot::library::unicode")
