"""Converts a workbook as often as asked with pyxform; prints the median in milliseconds."""

import statistics
import sys
import time

from pyxform.xls2xform import convert

path, rounds = sys.argv[1], int(sys.argv[2])
times = []
for _ in range(rounds):
    begun = time.perf_counter()
    convert(path, validate=False)
    times.append(time.perf_counter() - begun)
print(statistics.median(times) * 1000)
