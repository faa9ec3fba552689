# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by every script here (sourced): where things are, how to speak, how to fail, and
# fetching Debian packages into the cache. The cache lives outside the checkout so that a
# fresh clone finds kernels and root images of the last one.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XTCP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xtcp}
BUILD=$TOP/build
# depmod is no command of ordinary users.
PATH=$PATH:/usr/sbin:/sbin
# The makes started here are not parts of the one that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL

say()
{
	echo "xtcp: $*" >&2
}

die()
{
	echo "xtcp: error: $*" >&2
	exit 1
}

# with_lock NAME CMD...: two runs side by side must not fill one cache entry twice.
with_lock()
{
	local name=$1
	shift
	mkdir -p "$CACHE"
	(
		if ! flock -n 9; then
			say "waiting for another run that prepares $name"
			flock 9
		fi
		"$@"
	) 9>"$CACHE/.lock-$name"
}

# fetch_debs DIR PACKAGE...: download (not install) packages and unpack them into DIR.
fetch_debs()
{
	local dir=$1
	shift
	local debs=$CACHE/debs.$$ package
	mkdir -p "$debs" "$dir"
	if ! (cd "$debs" && apt-get -q download "$@" >log 2>&1); then
		cat "$debs/log" >&2
		rm -rf "$debs"
		die "apt-get cannot download: $* (apt-get update may help)"
	fi
	for package in "$debs"/*.deb; do
		dpkg-deb -x "$package" "$dir" || die "cannot unpack $package"
	done
	rm -rf "$debs"
}

# dependency PACKAGE REGEX: the first package PACKAGE depends on whose name matches.
dependency()
{
	apt-cache depends --no-recommends --no-suggests "$1" 2>/dev/null |
		sed -n 's/^ *Depends: //p' | grep -m 1 -E "$2" ||
		die "apt does not know package $1; run apt-get update"
}

# at_version PACKAGE VERSION: PACKAGE=VERSION where apt has that, or else PACKAGE, apt's newest:
# for a day, Debian's archive can have the tools of a kernel in a newer revision than the kernel.
at_version()
{
	if apt-cache madison "$1" | awk -F ' *[|] *' -v v="$2" '$2 == v { f = 1 } END { exit !f }'; then
		echo "$1=$2"
	else
		echo "$1"
	fi
}

# pack_image DIR IMAGE: a read-only file system, not compressed: an emulated processor would
# pay for unpacking at every boot. (The debug kernel knows lz4 and zstd only.)
pack_image()
{
	rm -f "$2.new"
	mksquashfs "$1" "$2.new" -comp lz4 -noappend -quiet -no-progress -all-root \
		-noI -noD -noF -noX >/dev/null || die "cannot pack $2"
	mv "$2.new" "$2"
}

# link_sources DIR: a farm of links to the module's sources, for one kernel to build in.
# Links come and go with the sources; the rest of DIR is Kbuild's.
link_sources()
{
	local dir=$1 part
	mkdir -p "$dir"
	find "$dir" -xtype l -delete
	for part in Kbuild module include kunit; do
		[ ! -e "$TOP/$part" ] || cp -rsn "$TOP/$part" "$dir/"
	done
}
