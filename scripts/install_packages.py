"""Installs, once, what pyproject.toml lists (the project itself is no package) and the Debian packages beside it.

Runs inside a new virtual environment, hence on the standard library alone.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
EXTRAS = {"serve": ["embedded", "pkcs11"], "test": ["embedded", "pkcs11", "dev"]}
DEBIAN = {
    "serve": {
        "wkhtmltopdf": "wkhtmltopdf",
        "fonts-dejavu-extra": "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf",
        "poppler-utils": "pdftotext",
    }
}
DEBIAN["test"] = DEBIAN["serve"] | {
    "openssl": "openssl",
    "zbar-tools": "zbarimg",
    "softhsm2": "softhsm2-util",
    "nodejs": "node",
}
"""Package and the program or file that shows its presence."""
WITHOUT = {
    "serve": ("без них печать в PDF не работает", "without them nothing prints to PDF"),
    "test": ("без них часть тестов не пройдёт", "without them some tests fail"),
}


def main(wanted: str) -> int:
    fingerprint = hashlib.sha256(
        PYPROJECT.read_bytes() + Path(__file__).read_bytes() + sys.version.encode()
    ).hexdigest()
    stamp = Path(sys.prefix) / f"installed-{wanted}"
    if not (stamp.exists() and stamp.read_text() == fingerprint):
        say("Устанавливаются пакеты Python…", "Installing the Python packages…")
        if subprocess.run(pip_install(wanted), check=False).returncode:
            say(
                "Пакеты Python установить не удалось, причина выше.",
                "The Python packages cannot be installed; see above.",
            )
            return 2
        if packages := missing(wanted):
            apt_install(packages)
        stamp.write_text(fingerprint)
    if packages := missing(wanted):
        command = f"sudo apt-get install {' '.join(packages)}"
        say(
            f"Нет пакетов Debian, {WITHOUT[wanted][0]}; выполните: {command}",
            f"Debian packages are missing, {WITHOUT[wanted][1]}; run: {command}",
        )
    return 0


def pip_install(wanted: str) -> list[str]:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    extras = [requirement for extra in EXTRAS[wanted] for requirement in project["optional-dependencies"][extra]]
    options = ["--quiet", "--no-input", "--disable-pip-version-check"]
    return [sys.executable, "-m", "pip", "install", *options, *project["dependencies"], *extras]


def missing(wanted: str) -> list[str]:
    return [name for name, sign in DEBIAN[wanted].items() if not (shutil.which(sign) or Path(sign).is_file())]


def apt_install(packages: list[str]) -> None:
    """Only root may, and not everything is to be had on every Debian; what stays missing is told afterwards."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"Устанавливаются пакеты Debian: {', '.join(packages)}…", f"Installing Debian packages: {', '.join(packages)}…")
    apt_get("update")
    if not apt_get("install", *packages):
        for package in packages:
            apt_get("install", package)


def apt_get(action: str, *packages: str) -> bool:
    options = ["-qq", "--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = options if packages else options[:1]
    return subprocess.run(["apt-get", action, *options, *packages], env=environment, check=False).returncode == 0


def say(russian: str, english: str) -> None:
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    print(russian if locale.startswith("ru") else english, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
