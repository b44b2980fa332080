#!/usr/bin/env python3
"""Opens pages of volumes that are one value (nearly) everywhere in headless Chromium: they must show it, and not hang.

    python3 Tests/Reports/look_at_even.py PAGE.html…
"""
import sys

from browser import check, check_quiet, open_page, problems, settle
from selenium.webdriver.common.by import By

for page in sys.argv[1:]:
    driver = open_page(page)
    for _ in range(3):
        driver.find_element(By.TAG_NAME, "body").send_keys("b")
        settle(driver)
    values = driver.execute_script("return [volumes.estimate.at([0, 0, 0]), volumes.input.at([0, 0, 0])];")
    check(values == [16777216, 16777216], f"{page.rsplit('/', 1)[1]}: the value is the volume's {values}")
    # Ranges that no more numbers fit into end, too.
    counts = driver.execute_script("return [[16777216, 16777218], [1e16, 1e16 + 2], [1e300, 1e300], [-1e-320, 1e-320], [0, 1]].map(r => ticks(...r, 4).length);")
    check(all(0 < n <= 10 for n in counts), f"marks on axes are few {counts}")
    said = driver.execute_script("return [[1e-15, 1e-18], [2.5e-7, 1e-10], [1234.5, 0.1], [0, 1e-15]].map(v => format(...v)).join(' ');")
    check(said == "1.000e-15 2.5000e-7 1234.5 0.000000", f"small values keep their digits: {said}")
    exact = driver.execute_script("return report.consistency.every(v => v === null);")
    check(exact == page.endswith("even-x2.html") and driver.find_element(By.ID, "consistency").is_displayed() != exact,
          "slices that agree exactly are told in words: " + driver.find_element(By.ID, "consistency-text").text)
    check_quiet(driver)
    driver.quit()

print(f"{len(problems)} problems")
sys.exit(1 if problems else 0)
