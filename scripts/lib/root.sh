# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's root file system (sourced by vm): real Debian 12 programs, unpacked from their
# packages and packed into one read-only image. root_get sets R_IMAGE. No package script is
# run; what those would do and the guest needs is done by root_finish. There are two images:
# base, and apps, which adds the programs of apps.packages and is built when it is first wanted.

ROOT_PACKAGES="base-files base-passwd bash bsdutils ca-certificates conntrack coreutils curl dash
	debianutils diffutils ethtool findutils gawk grep gzip hostname iperf3 iproute2 iputils-ping
	kmod libc-bin lsof mount ncurses-base netcat-openbsd nftables nginx-light openssh-client
	openssl procps python3-minimal libpython3-stdlib sed socat strace tar tcpdump util-linux"

# root_packages FLAVOUR
root_packages()
{
	echo "$ROOT_PACKAGES"
	[ "$1" = base ] || grep -v '^#' "$TOP/scripts/lib/$1.packages"
}

root_check_name()
{
	[[ $1 == base || $1 == apps ]] || die "unknown root '$1'; there are base and apps"
}

# root_fetch DIR FLAVOUR
root_fetch()
{
	local dir=$1 deb
	mkdir -p "$dir"/{archives/partial,state,root/usr/{bin,sbin,lib,lib32,lib64,libx32}}
	: >"$dir/status"
	# An empty status file makes apt fetch the whole closure, whatever the host has.
	# shellcheck disable=SC2046
	apt-get -q -y -o Dir::State::status="$dir/status" -o Dir::Cache::archives="$dir/archives" \
		-o Debug::NoLocking=1 -o APT::Install-Recommends=0 -o APT::Sandbox::User=root \
		--download-only install $(root_packages "$2") >"$dir/log" 2>&1 ||
		{ tail -n 5 "$dir/log" >&2; die "apt-get cannot download the guest's packages"; }
	for deb in bin sbin lib lib32 lib64 libx32; do
		ln -s "usr/$deb" "$dir/root/$deb"
	done
	for deb in "$dir"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$dir/root" --keep-directory-symlink --no-same-owner \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' ||
			die "cannot unpack $deb"
	done
}

root_finish()
{
	local root=$1
	cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
	cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
	sed -i 's/:\*:/:x:/' "$root/etc/passwd"
	echo 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
	mkdir -p "$root"/{xtcp,payload,dev,proc,sys,run,tmp,root,lib/modules,var/log/nginx,var/lib/nginx,var/tmp}
	ln -sfn ../usr/share/zoneinfo/UTC "$root/etc/localtime"
	ln -sfn /proc/self/mounts "$root/etc/mtab"
	echo guest >"$root/etc/hostname"
	printf '127.0.0.1 localhost guest\n::1 localhost guest\n' >"$root/etc/hosts"
	printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
	[ -e "$root/usr/bin/nc" ] || ln -s nc.openbsd "$root/usr/bin/nc"
	[ -e "$root/usr/bin/awk" ] || ln -s gawk "$root/usr/bin/awk"
	[ -e "$root/usr/bin/python3" ] || ln -s python3.11 "$root/usr/bin/python3"
	cp "$root/usr/share/bash/"* "$root/etc/" 2>/dev/null || true
	[ ! -e "$root/usr/share/base-files/profile" ] || cp "$root/usr/share/base-files/profile" "$root/etc/"
	ldconfig -r "$root"
	chown -R root:root "$root" 2>/dev/null || true
}

# root_build IMAGE FLAVOUR
root_build()
{
	local image=$1 dir=$CACHE/root-$2.new
	[ ! -e "$image" ] || return 0
	say "building the guest's root '$2' from Debian packages (once, about a minute)"
	rm -rf "$dir"
	root_fetch "$dir" "$2"
	root_finish "$dir/root"
	pack_image "$dir/root" "$image"
	rm -rf "$dir"
}

# root_get FLAVOUR
root_get()
{
	local key files=("$TOP/scripts/lib/root.sh")
	[ "$1" = base ] || files+=("$TOP/scripts/lib/$1.packages")
	key=$(cat "${files[@]}" | sha256sum | cut -c 1-16)
	R_IMAGE=$CACHE/root-$key.sqfs
	with_lock "root-$1" root_build "$R_IMAGE" "$1"
}
