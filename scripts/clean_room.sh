#!/usr/bin/env bash
# `make demo` and `make test` on a clean clone in a clean Debian 12 with the Swift toolchain and nothing else.
#
#     scripts/clean_room.sh                      as root; /opt/swift is the toolchain
#     SWIFT_HOME=/usr/share/swift scripts/clean_room.sh demo
#     KEEP=1 scripts/clean_room.sh               leaves the folder, which is printed
#     BIND="/srv/git" scripts/clean_room.sh      folders of the host that the room sees, such as a mirror of packages
#
# Makes a minimal Debian with debootstrap in a folder, installs what swift.org lists as the toolchain's own needs, binds
# the toolchain into it, clones HEAD there and runs the targets, by default `demo test`. The host's apt sources, and its
# Swift and git configuration if there is one, are copied, so that mirrors go on working. Prints a line with the times.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
toolchain=${SWIFT_HOME:-/opt/swift}
suite=${SUITE:-bookworm}
mirror=${MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb [^h]*\(http[^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -1 || true)}
targets=${*:-demo test}
# https://www.swift.org/install/linux/debian/12: what the toolchain itself needs.
needs=binutils,ca-certificates,git,gnupg2,libc6-dev,libcurl4-openssl-dev,libedit2,libgcc-12-dev,libncurses-dev,libpython3-dev
needs=$needs,libsqlite3-0,libstdc++-12-dev,libxml2-dev,libz3-dev,make,python3,tzdata

[ "$(id -u)" = 0 ] || { echo "clean_room.sh: chroot wants root" >&2; exit 69; }
command -v debootstrap >/dev/null || { echo "clean_room.sh: install debootstrap" >&2; exit 69; }
[ -x "$toolchain/usr/bin/swift" ] || { echo "clean_room.sh: there is no $toolchain/usr/bin/swift; set SWIFT_HOME" >&2; exit 66; }

bound=
for path in ${BIND:-}; do bound="$bound ${path#/}"; done
room=$(mktemp -d "${TMPDIR:-/var/tmp}/clean-room.XXXXXX")
leave() {
  for mount in proc sys dev/shm dev "${toolchain#/}" $bound; do umount "$room/$mount" 2>/dev/null || umount -l "$room/$mount" 2>/dev/null || true; done
  [ -n "${KEEP:-}" ] && echo "the room is $room" || rm -rf --one-file-system "$room"
}
trap leave EXIT

started=$SECONDS
debootstrap --variant=minbase "$suite" "$room" ${mirror:+"$mirror"} >"$room.log" 2>&1 || { tail "$room.log" >&2; exit 69; }
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/resolv.conf /etc/hosts /etc/gitconfig /root/.gitconfig /root/.netrc /root/.swiftpm/configuration /root/.swiftpm/security /etc/ssl /usr/local/share/ca-certificates /usr/share/ca-certificates; do
  [ -e "$path" ] && mkdir -p "$room$(dirname "$path")" && cp -rLT "$path" "$room$path" 2>/dev/null || true
done
for mount in proc sys dev; do mkdir -p "$room/$mount"; mount --rbind "/$mount" "$room/$mount"; mount --make-rslave "$room/$mount"; done
for path in "$toolchain" ${BIND:-}; do
  mkdir -p "$room$path"
  mount --bind -o ro "$path" "$room$path"
done

inside() { chroot "$room" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH="$toolchain/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin" DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} "$@"; }
inside sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends ${needs//,/ }" >>"$room.log" 2>&1 || { tail "$room.log" >&2; exit 69; }
git clone -q "$here" "$room/root/bigrain"
prepared=$((SECONDS - started))

for target in $targets; do
  begun=$SECONDS
  inside make -C /root/bigrain "$target" >"$room.$target.log" 2>&1 || { tail -n 60 "$room.$target.log" >&2; echo "clean_room.sh: make $target failed, see $room.$target.log" >&2; exit 1; }
  times="${times:-}, make $target $((SECONDS - begun)) s"
done
echo "clean room: $suite, $("$toolchain/usr/bin/swift" --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/Swift \1/p'), commit $(git -C "$here" rev-parse --short HEAD); prepared in $prepared s${times:-}"
rm -f "$room".*log
