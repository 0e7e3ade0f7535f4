"""What a browser test does to JupyterLab: start it, open a notebook, run it, look at it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = Path("/usr/bin/chromium")
CHROMEDRIVER = Path("/usr/bin/chromedriver")
SCREENSHOTS = Path(tempfile.gettempdir()) / "watchkeeper-screenshots"
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]

KERNEL_STATUS = """
const panel = window.jupyterapp && [...window.jupyterapp.shell.widgets("main")][0];
const session = panel && panel.sessionContext && panel.sessionContext.session;
return session && session.kernel ? session.kernel.status : "none";
"""


def start_chromium(profile: Path, width: int = 1280, height: int = 1000) -> webdriver.Chrome:
    """A headless Chromium with a profile folder of its own."""
    missing = [str(path) for path in (CHROMIUM, CHROMEDRIVER) if not path.exists()]
    if missing:
        raise RuntimeError(
            f"The browser tests need {' and '.join(missing)}, which this machine lacks. "
            "Install Chromium and its driver (Debian: apt-get install chromium chromium-driver) and run them again."
        )
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    driver.set_script_timeout(180)
    return driver


def start_lab(folder: Path, settings: Path) -> tuple[subprocess.Popen[bytes], str]:
    """JupyterLab on a free port, serving `folder`; `settings` keeps its files away from the user's own."""
    write_settings(settings / "config")
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(settings / "config"),
        "JUPYTER_DATA_DIR": str(settings / "data"),
        "JUPYTER_RUNTIME_DIR": str(settings / "runtime"),
        "IPYTHONDIR": str(settings / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with (settings / "jupyterlab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    wait_for_server(process, url, settings / "jupyterlab.log")
    return process, url


def write_settings(config: Path) -> None:
    """JupyterLab as a test needs it."""
    files = {
        # The question about news would cover the notebook in every screenshot.
        "labconfig/page_config.json": {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}},
        # Otherwise cells below the window are not on the page, and their text is empty.
        "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    }
    for name, content in files.items():
        (config / name).parent.mkdir(parents=True, exist_ok=True)
        (config / name).write_text(json.dumps(content))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_server(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"JupyterLab did not start within {seconds:.0f} s. It said:\n{log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab, which ends its kernels."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def open_notebook(driver: webdriver.Chrome, url: str, path: str) -> None:
    """Open the notebook at `path` (below the folder that is served) and wait for its kernel."""
    driver.get(f"{url}/lab/tree/{path}?reset")
    wait_for_kernel(driver)
    # Commands act on the active notebook, and a page that was just loaded has none.
    driver.execute_script("window.jupyterapp.shell.activateById([...window.jupyterapp.shell.widgets('main')][0].id)")


def wait_for_kernel(driver: webdriver.Chrome) -> None:
    """Wait until the notebook's kernel is idle (a notebook without a kernelspec never gets there: it asks)."""
    wait = WebDriverWait(driver, 90, poll_frequency=0.1)
    wait.until(lambda page: page.execute_script(KERNEL_STATUS) == "idle", "the notebook's kernel did not become idle")


def run_all(driver: webdriver.Chrome) -> None:
    """Run every cell and wait until the last one is done."""
    failure = driver.execute_async_script(
        "const done = arguments[0];"
        "window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => done(''), e => done(String(e)));"
    )
    assert not failure, f"JupyterLab could not run the notebook: {failure}"
    wait_for_kernel(driver)


def save(driver: webdriver.Chrome) -> None:
    """Save the open notebook."""
    driver.execute_async_script(
        "const done = arguments[0]; window.jupyterapp.commands.execute('docmanager:save').then(done, done);"
    )


def output_text(driver: webdriver.Chrome) -> str:
    """The text of all outputs on the page, as a reader sees it."""
    return "\n".join(area.text for area in driver.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output"))


def screenshot(driver: webdriver.Chrome, name: str) -> Path:
    """Save what the browser shows now as `name`.png in a temporary folder and return the path."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    driver.save_screenshot(str(path))
    return path
