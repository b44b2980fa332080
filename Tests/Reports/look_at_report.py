#!/usr/bin/env python3
"""Opens a page of `residua report` in headless Chromium and does what a person would: scrolls, moves sliders, reads numbers.

    python3 Tests/Reports/look_at_report.py PAGE.html OUTPUT.nii.gz SIGMA.nii.gz INPUT.nii.gz [SCREENSHOTS]

Needs Debian's chromium, chromium-driver, python3-selenium, python3-nibabel and python3-numpy. The numbers under the cursor are compared with
what nibabel reads from the files, and the page's bicubic enlargement with one worked out here with dense matrices. Ends non-zero on any
difference, on any error on the browser's console, and where a control does nothing.
"""
import hashlib
import os
import re
import sys

import nibabel
import numpy as np
from browser import LAPTOP, WIDE, check, check_look, check_quiet, open_page, problems, settle
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

page, estimate_file, sigma_file, input_file = sys.argv[1:5]
screenshots = sys.argv[5] if len(sys.argv) > 5 else None


def picture(driver, selector):
    script = "return document.querySelector(arguments[0]).toDataURL('image/png');"
    return hashlib.sha256(driver.execute_script(script, selector).encode()).hexdigest()


def number(text):
    found = re.search(r"-?\d+(\.\d+)?", text)
    return float(found.group()) if found else float("nan")


def enlargement(count, factor):
    matrix = np.zeros((count * factor, count))
    for x in range(count * factor):
        centre = (x + 0.5) / factor - 0.5
        first = int(np.floor(centre)) - 1
        for t in range(first, first + 4):
            d = abs(centre - t)
            w = 1.5 * d**3 - 2.5 * d**2 + 1 if d <= 1 else -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0
            folded = t % (2 * count)
            matrix[x, folded if folded < count else 2 * count - 1 - folded] += w
    return matrix / matrix.sum(axis=1, keepdims=True)


estimate = nibabel.load(estimate_file)
values = np.asarray(estimate.dataobj, dtype=np.float64)
sigma = np.asarray(nibabel.load(sigma_file).dataobj, dtype=np.float64)
low = np.asarray(nibabel.load(input_file).dataobj, dtype=np.float64)
factors = [a // b for a, b in zip(values.shape, low.shape)]
bicubic = low
for axis, factor in enumerate(factors):
    if factor > 1:
        bicubic = np.moveaxis(np.tensordot(enlargement(low.shape[axis], factor), bicubic, axes=(1, axis)), 0, axis)

driver = open_page(page)
settle(driver)
report = driver.execute_script("return report;")
steps = {name: volume["step"] for name, volume in report["volumes"].items()}
check(os.path.getsize(page) <= 15_000_000, f"the page takes {os.path.getsize(page) / 1e6:.1f} MB, at most 15")
check("Not for diagnosis" in driver.find_element(By.CSS_SELECTOR, ".notice").text, "the notice stands at the top")

# Numbers under the cursor.
random = np.random.default_rng(1)
worst = {"estimate": 0.0, "sigma": 0.0, "bicubic": 0.0, "world": 0.0}
for _ in range(60):
    v = [int(random.integers(n)) for n in values.shape]
    driver.execute_script("moveTo(arguments[0]);", v)
    settle(driver)
    said = {name: driver.find_element(By.ID, "at-" + name).text for name in ["estimate", "sigma", "bicubic", "world"]}
    worst["estimate"] = max(worst["estimate"], abs(number(said["estimate"]) - values[tuple(v)]) / steps["estimate"])
    worst["sigma"] = max(worst["sigma"], abs(number(said["sigma"]) - sigma[tuple(v)]) / steps["sigma"])
    worst["bicubic"] = max(worst["bicubic"], abs(number(said["bicubic"]) - bicubic[tuple(v)]) / steps["input"])
    world = [float(n) for n in re.findall(r"[xyz] (-?\d+\.\d+)", said["world"])]
    worst["world"] = max(worst["world"], max(abs(a - b) for a, b in zip(world, (estimate.affine @ [*v, 1])[:3])))
check(worst["estimate"] <= 1, f"super-resolved values agree with nibabel's within a step ({worst['estimate']:.2f} steps)")
check(worst["sigma"] <= 1, f"sigma agrees with nibabel's within a step ({worst['sigma']:.2f} steps)")
stated = number(re.search(r"bicubic is within ([^ ;]+)", driver.find_element(By.ID, "precision").text)[1].rstrip("."))
check(worst["bicubic"] * steps["input"] <= stated, f"bicubic agrees with dense matrices within what the page states ({worst['bicubic']:.2f} steps of the input, {stated})")
check("no calibrated error" in driver.find_element(By.ID, "sigma-hint").text, "it is said what sigma is")
check(worst["world"] <= 0.0051, f"world positions agree within the digits shown ({worst['world']:.4f} mm)")

# Every control changes the picture that it should.
driver.execute_script("moveTo(arguments[0]);", [n // 2 for n in values.shape])
settle(driver)
axial = "#view-axial canvas"


def changes(text, selector, act):
    before = picture(driver, selector)
    act()
    settle(driver)
    check(picture(driver, selector) != before, text)


def slide(identity, value):
    driver.execute_script("const e = document.querySelector(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event('input'));", identity, value)


changes("the divider changes the picture", axial, lambda: slide("#divider", 90))
changes("the divider's end shows another picture", axial, lambda: slide("#divider", 0))
changes("the overlay changes the picture", axial, lambda: driver.find_element(By.ID, "overlay").click())
changes("the threshold changes the picture", axial, lambda: slide("#threshold", 10))
changes("the opacity changes the picture", axial, lambda: slide("#opacity", 20))
changes("the window changes the picture", axial, lambda: slide("#white", 500))
changes("the window moves in the histogram", "#histogram", lambda: slide("#black", 100))
changes("the slice slider changes the picture", axial, lambda: slide("#view-axial input", 3))
changes("the profile turns", "#profile", lambda: driver.execute_script("const s = document.getElementById('direction'); s.value = 'down'; s.dispatchEvent(new Event('change'));"))

# By keyboard.
canvas = driver.find_element(By.CSS_SELECTOR, axial)
body = driver.find_element(By.TAG_NAME, "body")
body.send_keys("1")
check(driver.switch_to.active_element == canvas, "key 1 goes to the axial view")


def cursor():
    settle(driver)
    return driver.execute_script("return state.cursor;")


before = cursor()
canvas.send_keys(Keys.ARROW_RIGHT)
after = cursor()
check(sum(abs(a - b) for a, b in zip(before, after)) == 1, "an arrow moves the cursor by a voxel")
canvas.send_keys(Keys.PAGE_UP)
check(cursor()[2] == after[2] + 1, "page up shows the next slice")
changes("the cursor is linked: the sagittal view follows", "#view-sagittal canvas", lambda: canvas.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT))
changes("key B shows bicubic", axial, lambda: canvas.send_keys("b"))
changes("key R shows super-resolved", axial, lambda: canvas.send_keys("r"))
changes("key U hides the overlay", axial, lambda: canvas.send_keys("u"))
changes("key 0 resets the window", axial, lambda: canvas.send_keys("0"))
check(driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth;"), "nothing is wider than a laptop's screen")
views = driver.execute_script("return [...document.querySelectorAll('.view')].map(v => v.getBoundingClientRect().top);")
check(len(set(views)) == 1, "the three views stand beside each other on a laptop")
changes("a click moves the cursor", "#view-coronal canvas", lambda: webdriver.ActionChains(driver).move_to_element_with_offset(canvas, 30, -20).click().perform())

if screenshots:
    os.makedirs(screenshots, exist_ok=True)
    driver.execute_script("state.divider = 50; state.overlay = false; moveTo(arguments[0]); scrollTo(0, 0);", [n // 2 for n in values.shape])
    settle(driver)
    driver.save_screenshot(os.path.join(screenshots, "laptop.png"))
    driver.execute_script("state.overlay = true; refresh(); scrollTo(0, document.body.scrollHeight);")
    settle(driver)
    driver.save_screenshot(os.path.join(screenshots, "laptop-end.png"))

check_quiet(driver)
driver.quit()

for name, size, dark in [("wide", WIDE, False), ("dark", LAPTOP, True)]:
    driver = open_page(page, size, dark)
    settle(driver)
    check_look(driver, name, dark)
    if screenshots:
        driver.execute_script("state.overlay = true; refresh();")
        settle(driver)
        driver.save_screenshot(os.path.join(screenshots, name + ".png"))
    driver.quit()

print(f"{len(problems)} problems")
sys.exit(1 if problems else 0)
