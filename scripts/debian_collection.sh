#!/bin/sh
# Writes the package descriptions of this machine's apt lists as a collection, `package<TAB>description`.
#
#     scripts/debian_collection.sh data/debian/collection.tsv
#
# The text of a package is its short description and then the long one, in one line. Where a package is in several
# lists (updates, security), the first one counts. Needs apt and awk, no network and no rights; where apt's lists are
# empty, as in container images, `apt-get update` fills them.
set -eu
export LC_ALL=C

output=${1:?usage: debian_collection.sh OUTPUT}
lists=${APT_LISTS:-/var/lib/apt/lists}
helper=/usr/lib/apt/apt-helper

# The lists in whatever compression apt keeps them, or apt's own dump of them. The former have long descriptions in
# Translation files on some distributions; those follow, and are joined by package name.
stanzas() {
  set --
  for file in "$lists"/*_Packages "$lists"/*_Packages.* "$lists"/*_i18n_Translation-en "$lists"/*_i18n_Translation-en.*
  do
    if [ -f "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ] && [ -x "$helper" ]; then
    for file in "$@"; do
      "$helper" cat-file "$file"
      echo # a stanza ends with an empty line, also the last of a file
    done
  else
    apt-cache dumpavail
  fi
}

mkdir -p "$(dirname "$output")"
stanzas >"$output.stanzas"
trap 'rm -f "$output.stanzas" "$output.unsorted" "$output.tmp"' EXIT
awk '
  function finish() {
    if (name != "") {
      if (!(name in short)) { order[++count] = name; short[name] = summary }
      if (long[name] == "" && body != "") long[name] = body
    }
    name = summary = body = ""; inside = 0
  }
  { sub(/\r$/, ""); gsub(/\t/, " ") }
  /^$/ { finish(); next }
  /^Package: / { name = substr($0, 10); inside = 0; next }
  /^Description(-en)?: / { summary = substr($0, index($0, ": ") + 2); inside = 1; next }
  /^ / {
    # A line with nothing but a full stop stands for an empty one.
    if (inside && $0 != " .") { gsub(/^ +| +$/, ""); body = body " " $0 }
    next
  }
  { inside = 0 }
  END {
    finish()
    for (i = 1; i <= count; i++) {
      text = short[order[i]] long[order[i]]
      gsub(/  +/, " ", text)
      if (text != "") print order[i] "\t" text
    }
  }' "$output.stanzas" >"$output.unsorted"
# Sorted, so that the same lists in another order give the same chunks.
sort "$output.unsorted" >"$output.tmp"
if [ ! -s "$output.tmp" ]; then
  echo "debian_collection.sh: apt knows no packages; run apt-get update first" >&2
  exit 66
fi
mv "$output.tmp" "$output"
echo "$output: $(wc -l <"$output") packages"
