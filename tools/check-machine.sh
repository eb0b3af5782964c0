#!/bin/sh
# Say in one line what this machine lacks.
#   check-machine.sh python   prints the Python to make the environment with; exit 1 and one line if there is none
#   check-machine.sh java     silent if a Java for Spark is there; exit 1 and one line if not
# A name on PATH is not enough (version managers leave stubs that fail), so each candidate is run.
set -u

least_python=3.11
least_java=17

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# Prints "3.11.7 venv" or "3.11.7 -" (no venv module with pip); nothing if it cannot run.
describe_python() {
    "$1" -c 'import importlib.util as u, sys
print(".".join(map(str, sys.version_info[:3])), "venv" if u.find_spec("venv") and u.find_spec("ensurepip") else "-")' \
        2>/dev/null
}

new_enough() { # VERSION: compares major.minor with $least_python
    major=${1%%.*}
    rest=${1#*.}
    minor=${rest%%.*}
    [ "$major" -gt "${least_python%%.*}" ] ||
        { [ "$major" -eq "${least_python%%.*}" ] && [ "$minor" -ge "${least_python#*.}" ]; }
}

find_python() {
    best=
    bare=
    for name in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        found=$(describe_python "$name") || continue
        version=${found% *}
        if ! new_enough "$version"; then
            best=${best:-"$name is $version"}
        elif [ "${found#* }" = venv ]; then
            printf '%s\n' "$name"
            return 0
        else
            bare=${bare:-$name}
        fi
    done
    if [ -n "$bare" ]; then
        fail "$bare cannot make environments: install its venv module (Debian, Ubuntu: apt-get install ${bare##*/}-venv)"
    fi
    fail "Python $least_python or newer is needed, ${best:-none was found}: install python$least_python or python3.12 (Debian, Ubuntu: apt-get install python$least_python-venv), or name one with PYTHON=/path/to/python3"
}

check_java() {
    java=java
    where="on PATH"
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        where="in JAVA_HOME=$JAVA_HOME"
    fi
    advice="install a Java runtime $least_java or 21 (Debian, Ubuntu: apt-get install openjdk-$least_java-jre-headless) or set JAVA_HOME"
    # 17.0.15 is Java 17; up to 8 the version began with "1."
    version=$("$java" -version 2>&1) || fail "Java $least_java or newer is needed, none was found $where: $advice"
    version=$(printf '%s\n' "$version" | sed -n 's/.* version "\([^"]*\)".*/\1/p' | head -n 1)
    major=${version#1.}
    major=${major%%[!0-9]*}
    [ "${major:-0}" -ge "$least_java" ] || fail "Java $least_java or newer is needed, Java ${version:-unknown} was found $where: $advice"
}

case "${1:-}" in
    python) find_python ;;
    java) check_java ;;
    *) fail "usage: check-machine.sh python|java" ;;
esac
