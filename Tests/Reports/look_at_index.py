#!/usr/bin/env python3
"""Opens the index that `residua report` makes of a batch in headless Chromium and sorts it, by mouse and by keyboard.

    python3 Tests/Reports/look_at_index.py INDEX.html LEDGER.csv [SCREENSHOTS]

LEDGER.csv is what `residua batch OUTPUT --export csv` wrote: the rows, their states and σ are held against it. Ends non-zero on any difference.
"""
import csv
import os
import sys

from browser import LAPTOP, WIDE, check, check_look, check_quiet, open_page, problems, ready, settle
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

page, ledger = sys.argv[1:3]
screenshots = sys.argv[3] if len(sys.argv) > 3 else None
with open(ledger, newline="") as file:
    jobs = {row["job"]: row for row in csv.DictReader(file)}

driver = open_page(page)


def names():
    return driver.execute_script("return [...document.querySelectorAll('#jobs tbody tr')].filter(r => !r.hidden).map(r => r.cells[1].dataset.value);")


def head(text):
    return next(h for h in driver.find_elements(By.CSS_SELECTOR, "#jobs thead th[aria-sort]") if h.text.strip().startswith(text))


def column(text):
    index = driver.find_elements(By.CSS_SELECTOR, "#jobs thead th").index(head(text))
    return driver.execute_script("return [...document.querySelectorAll('#jobs tbody tr')].map(r => r.cells[arguments[0]].dataset.value ?? null);", index)


def is_sorted(values, direction):
    there = [float(v) for v in values if v is not None]
    last = all(v is None for v in values[len(there):])
    return last and there == sorted(there, reverse=direction < 0)


check("Not for diagnosis" in driver.find_element(By.CSS_SELECTOR, ".notice").text, "the notice stands at the top")
check(sorted(names()) == sorted(jobs), f"a row per job of the ledger ({len(jobs)})")
check(names() == sorted(jobs, key=str.lower), "sorted by name to begin with")
check(head("Name").get_attribute("aria-sort") == "ascending", "and the head says so")
failed = {name: job for name, job in jobs.items() if job["state"] == "failed"}
check(bool(failed), "the batch has a failure to look at")
for name, job in failed.items():
    row = driver.execute_script("return [...document.querySelectorAll('#jobs tbody tr')].find(r => r.cells[1].dataset.value === arguments[0]).innerText;", name)
    check(job["reason"].removeprefix(name + ": ") in row, f"the failed job has its sentence: {job['reason']}")

# σ as the ledger has it.
shown = dict(zip(names(), column("Mean σ")))
wrong = [n for n, j in jobs.items() if (j["mean_sigma"] or None) != shown[n] and abs(float(j["mean_sigma"]) - float(shown[n])) > 1e-9]
check(not wrong, f"mean σ is the ledger's {wrong}")

# Sorting by mouse.
for text in ["Mean σ", "σ of range", "LR-PSNR", "lowest", "Warnings", "Seconds", "State"]:
    button = head(text).find_element(By.TAG_NAME, "button")
    button.click()
    up = is_sorted(column(text), 1) and head(text).get_attribute("aria-sort") == "ascending"
    button.click()
    down = is_sorted(column(text), -1) and head(text).get_attribute("aria-sort") == "descending"
    check(up and down, f"sorts by {text} in both directions, what has no value last")
others = [h.get_attribute("aria-sort") for h in driver.find_elements(By.CSS_SELECTOR, "#jobs thead th[aria-sort]")]
check(others.count("none") == len(others) - 1, "one column is the sorted one")
head("Mean σ").find_element(By.TAG_NAME, "button").click()
first = names()
head("Mean σ").find_element(By.TAG_NAME, "button").click()
check(names() != first, "sorting changes the order")
check("sorted by Mean σ, descending" in driver.find_element(By.ID, "status").text, "the status tells of it")
head("State").find_element(By.TAG_NAME, "button").click()
check(names()[0] in failed, "sorted by state, failures come first")

# By keyboard alone.
driver.find_element(By.TAG_NAME, "body").send_keys("/")
check(driver.switch_to.active_element.get_attribute("id") == "find", "/ goes to the search")
driver.switch_to.active_element.send_keys(Keys.TAB)
reached = []
for _ in range(12):
    driver.switch_to.active_element.send_keys(Keys.TAB)
    focused = driver.switch_to.active_element
    reached.append(focused.text.strip())
    if focused.text.strip().startswith("Mean σ"):
        break
check(reached[-1].startswith("Mean σ"), f"Tab comes to the heads: {reached}")
focused.send_keys(Keys.ENTER)
check(is_sorted(column("Mean σ"), 1) and head("Mean σ").get_attribute("aria-sort") == "ascending", "Enter sorts")
focused.send_keys(Keys.SPACE)
check(is_sorted(column("Mean σ"), -1) and head("Mean σ").get_attribute("aria-sort") == "descending", "Space sorts the other way")

# Finding.
find = driver.find_element(By.ID, "find")
find.send_keys(next(iter(failed)))
check(names() == [next(iter(failed))], "the search leaves what it names")
find.clear()
find.send_keys(Keys.SPACE, Keys.BACKSPACE)
check(len(names()) == len(jobs), "an empty search shows all")

# Pictures and links.
sizes = driver.execute_script("return [...document.querySelectorAll('#jobs img')].map(i => [i.naturalWidth, i.naturalHeight, i.alt]);")
done = [n for n, j in jobs.items() if j["state"] == "done"]
check(len(sizes) == 2 * len(done) and all(w > 0 and h > 0 and alt for w, h, alt in sizes), f"two pictures per volume ({len(sizes)})")
links = driver.execute_script("return [...document.querySelectorAll('#jobs tbody th a')].map(a => a.href);")
check(len(links) == len(done), "every volume has a link")
check(driver.execute_script("return document.querySelector('.scroll').scrollWidth <= document.querySelector('.scroll').clientWidth;"), "the table fits a laptop")
check(driver.title != "1", "names are text alone")
check_quiet(driver)
if screenshots:
    os.makedirs(screenshots, exist_ok=True)
    head("Name").find_element(By.TAG_NAME, "button").click()
    driver.execute_script("scrollTo(0, 0);")
    driver.save_screenshot(os.path.join(screenshots, "index-laptop.png"))
for link in links:
    driver.get(link)
    ready(driver)
    check(bool(driver.find_elements(By.ID, "views")), f"{link.rsplit('/', 1)[1]} opens")
    check(driver.title != "1", "its name is text alone")
driver.quit()

for name, size, dark in [("wide", WIDE, False), ("dark", LAPTOP, True)]:
    driver = open_page(page, size, dark)
    check_look(driver, name, dark)
    if screenshots:
        driver.save_screenshot(os.path.join(screenshots, f"index-{name}.png"))
    driver.quit()

print(f"{len(problems)} problems")
sys.exit(1 if problems else 0)
