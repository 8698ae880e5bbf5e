#!/bin/bash
# Opens a report (or any page that needs no other file) in a headless Chromium, in light and in dark: fails on anything on
# the console, and where both look the same. Leaves FOLDER/report-light.png and FOLDER/report-dark.png, to be looked at.
#
#     scripts/check_report.sh out/msmarco/report.html [FOLDER]
#
# CHROMIUM names the browser, by default `chromium`.
set -euo pipefail
page=$(realpath "$1")
folder=${2:-$(dirname "$page")}
chromium=${CHROMIUM:-chromium}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir -p "$folder"

# Without a network: what the page would load from elsewhere is an error on the console.
open() {
  "$chromium" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
    --no-first-run --disable-background-networking --host-resolver-rules='MAP * ~NOTFOUND' \
    --blink-settings=preferredColorScheme="$1" --enable-logging=stderr "${@:2}" "file://$page"
}

for theme in light dark; do
  scheme=$([ "$theme" = dark ] && echo 0 || echo 1)
  open "$scheme" --window-size="${WIDTH:-1200},${HEIGHT:-4200}" --screenshot="$folder/report-$theme.png" \
    >"$profile/out" 2>"$profile/log" || { cat "$profile/log" >&2; exit 1; }
  if grep CONSOLE "$profile/log"; then
    echo "the console has something to say in the $theme theme" >&2
    exit 1
  fi
  [ -s "$folder/report-$theme.png" ] || { echo "no screenshot of the $theme theme" >&2; exit 1; }
done
if cmp -s "$folder/report-light.png" "$folder/report-dark.png"; then
  echo "both themes look the same" >&2
  exit 1
fi

# The document as the browser has read it: every picture with its axes' titles.
open 1 --dump-dom >"$profile/dom" 2>/dev/null
pictures=$(grep -c '<svg class="chart"' "$profile/dom" || true)
titles=$(grep -cE '<text[^>]*class="soft"[^>]*>[^<]+\([^<]+\)</text>' "$profile/dom" || true)
echo "$page: $pictures charts, $titles axes with units, no message on the console in light and dark"
[ "$pictures" -gt 0 ] && [ "$titles" -ge "$pictures" ]
