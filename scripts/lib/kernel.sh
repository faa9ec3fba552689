# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels by the names 6.1, 6.12 and debug (sourced by build and vm). kernel_get NAME leaves
# a directory with vmlinuz, release, modules.sqfs, initrd.gz and kdir (the tree modules are
# built against) and sets K_DIR to it. Nothing is installed on the host.
#
# The cloud flavour is used: it has every protocol, qdisc and device the tests want as a
# module, and fewer drivers to boot past.

. "$TOP/scripts/lib/debug_kernel.sh"

KERNEL_NAMES="6.1 6.12 debug"

kernel_check_name()
{
	[[ " $KERNEL_NAMES " == *" $1 "* ]] || die "unknown kernel '$1'; known are: $KERNEL_NAMES"
}

# Headers name their common half by an absolute path; make it ours.
stock_kdir()
{
	local dir=$1 release=$2 headers common
	headers=$dir/root/usr/src/linux-headers-$release
	common=$(sed -n 's|^include /usr/src/\(.*\)/Makefile|\1|p' "$headers/Makefile")
	[ -n "$common" ] || die "the headers of $release are not laid out as expected"
	echo "include $dir/root/usr/src/$common/Makefile" >"$headers/Makefile"
	ln -sfn "root/usr/src/linux-headers-$release" "$dir/kdir"
}

stock_kernel_build()
{
	local name=$1 dir=$2 meta image release version headers
	[ ! -e "$dir/done" ] || return 0
	case $name in
	6.1) meta=cloud-amd64 ;;
	*) meta=$name-cloud-amd64 ;;
	esac
	image=$(dependency "linux-image-$meta" '^linux-image-6\.')
	release=${image#linux-image-}
	[[ $release == "$name".* ]] ||
		die "linux-image-$meta is kernel $release here, not $name: Debian 12 is needed"
	headers=linux-headers-$release
	version=$(apt-cache show "$image" | sed -n 's/^Version: //p' | head -n 1)
	say "downloading Debian's kernel $release ($version) and its headers"
	rm -rf "$dir"
	fetch_debs "$dir/root" "$image=$version" "$headers=$version" \
		"$(at_version "$(dependency "$headers" '^linux-headers-.*-common$')" "$version")" \
		"$(at_version "$(dependency "$headers" '^linux-kbuild-')" "$version")"
	stock_kdir "$dir" "$release"
	mv "$dir/root/boot/vmlinuz-$release" "$dir/vmlinuz"
	rm -f "$dir/root/lib/modules/$release"/{build,source}
	# Decompressed here, once: in an emulated guest it costs seconds.
	find "$dir/root/lib/modules" -name '*.ko.xz' -print0 | xargs -0 -r -P "$(nproc)" -n 64 xz -d
	echo "$release" >"$dir/release"
	touch "$dir/done"
}

# The modules that PID 1 loads before it can see a disk, in order, if they are modules.
EARLY_MODULES="virtio_pci virtio_blk virtio_console squashfs overlay"

# kernel_pack DIR: modules.sqfs and initrd.gz, remade when the init program changes.
kernel_pack()
{
	local dir=$1 release module path early key
	release=$(cat "$dir/release")
	key=$(cat "$TOP"/scripts/lib/{init.c,kernel.sh,common.sh} | sha256sum | cut -c 1-16)
	[ "$(cat "$dir/packed" 2>/dev/null)" != "$key" ] || return 0
	say "packing modules and initrd of $release"
	depmod -b "$dir/root" "$release"
	pack_image "$dir/root/lib/modules/$release" "$dir/modules.sqfs"
	early=$dir/initrd.tmp
	rm -rf "$early"
	mkdir -p "$early"/{dev,proc,sys,m}
	"${CC:-gcc}" -O2 -Wall -Wextra -static -o "$early/init" "$TOP/scripts/lib/init.c" ||
		die "cannot compile scripts/lib/init.c"
	: >"$early/m/list"
	for module in $EARLY_MODULES; do
		modprobe -d "$dir/root" -S "$release" --show-depends "$module" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++' | while read -r path; do
		cp "$path" "$early/m/"
		basename "$path" >>"$early/m/list"
	done
	(cd "$early" && find . -print0 | cpio --quiet -0 -o -H newc -R 0:0 | gzip -1) >"$dir/initrd.gz"
	rm -rf "$early"
	echo "$key" >"$dir/packed"
}

# kernel_get NAME: sets K_DIR.
kernel_get()
{
	local version
	kernel_check_name "$1"
	if [ "$1" = debug ]; then
		version=$(debug_source_version)
		K_DIR=$CACHE/debug/$(debug_key "$version")
		with_lock debug debug_kernel_build "$version" "$K_DIR" || return
		ln -sfn tree "$K_DIR/kdir"
	else
		K_DIR=$CACHE/kernel-$1
		with_lock "kernel-$1" stock_kernel_build "$1" "$K_DIR" || return
	fi
	with_lock "kernel-$1" kernel_pack "$K_DIR"
}
