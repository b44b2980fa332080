"""Pages in headless Chromium, for the scripts beside this one. Needs Debian's chromium, chromium-driver and python3-selenium."""
import os
import re

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

LAPTOP, WIDE = (1366, 768), (2560, 1300)
problems = []


def check(holds, text):
    print(("ok      " if holds else "FAILED  ") + text)
    if not holds:
        problems.append(text)


def ready(driver):
    WebDriverWait(driver, 180).until(lambda d: d.find_element(By.TAG_NAME, "body").get_attribute("data-ready") == "yes")


def open_page(page, size=LAPTOP, dark=False):
    options = webdriver.ChromeOptions()
    for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--force-device-scale-factor=1", f"--window-size={size[0]},{size[1]}"]:
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options)
    driver.set_script_timeout(120)
    driver.get("file://" + os.path.abspath(page).replace("%", "%25").replace("#", "%23").replace("?", "%3F"))
    ready(driver)
    return driver


def settle(driver):
    driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)));")


def check_quiet(driver):
    """Nothing on the console, nothing from outside."""
    messages = [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    check(not messages, f"no error on the console {messages[:3] if messages else ''}")
    requests = [entry["message"] for entry in driver.get_log("performance") if '"Network.requestWillBeSent"' in entry["message"]]
    outside = [r for r in requests if re.search(r'"url":"(https?|ftp|ws)', r)]
    check(not outside, "no request leaves the page")


def check_look(driver, name, dark):
    """Fits the window, has the theme that was asked for, and changes it with its button."""
    check(driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth;"), f"nothing is too wide: {name}")
    ground = "return getComputedStyle(document.body).backgroundColor;"
    before = driver.execute_script(ground)
    light = sum(int(n) for n in re.findall(r"\d+", before)[:3])
    check((light < 200) == dark, f"the ground is {'dark' if dark else 'light'}: {name} ({before})")
    driver.find_element(By.ID, "theme").click()
    settle(driver)
    check(driver.execute_script(ground) != before, "the button changes the theme")
    driver.find_element(By.ID, "theme").click()
    settle(driver)
